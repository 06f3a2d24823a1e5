"""The app listens beyond this machine only where people have to log in."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.accounts.permissions import Role, role_for
from assistant.settings import Settings, WrongSetting
from assistant.web.http.bind_check import check_may_bind, is_loopback, is_trusted, trusted_networks

OIDC = {"auth": "oidc", "oidc_issuer": "https://id.example", "oidc_client_id": "a", "oidc_client_secret": "b"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"host": "localhost"},
        {"host": "::1"},
        {"host": "127.0.0.2"},
        {"host": "0.0.0.0", "auth": "users"},
        {"host": "0.0.0.0", "auth": "proxy", "auth_proxies": ["10.0.0.5", "fd00::/8"]},
        {"host": "0.0.0.0", **OIDC},
        {**OIDC, "oidc_issuer": "http://127.0.0.1:9000"},
    ],
)
def test_what_is_safe_may_be_served(given: dict[str, Any]) -> None:
    check_may_bind(Settings(**given))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "newsroom.lan", "127.0.0.1.example"])
def test_without_login_nobody_elsewhere_is_served_and_it_says_how_to_go_on(host: str) -> None:
    with pytest.raises(WrongSetting, match=r"auth is none.*Listen on 127\.0\.0\.1, or .*onrecord users add"):
        check_may_bind(Settings(host=host))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"auth": "proxy"}, "auth_proxies is empty"),
        ({"auth": "proxy", "auth_proxies": ["the proxy"]}, "'the proxy' in auth_proxies is not an address"),
        ({"auth": "proxy", "auth_proxies": ["10.0.0.5/24"]}, "'10.0.0.5/24' in auth_proxies is not an address"),
        ({"auth": "proxy", "auth_proxies": ["0.0.0.0/0"]}, "covers every address"),
        ({"auth": "oidc"}, "oidc_issuer and oidc_client_id and oidc_client_secret is empty"),
        ({**OIDC, "oidc_issuer": "http://id.example"}, "it must be an https address"),
        ({**OIDC, "oidc_issuer": "id.example"}, "it must be an https address"),
    ],
)
def test_a_login_that_cannot_work_is_refused_at_start(given: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongSetting, match=said):
        check_may_bind(Settings(**given))


def test_only_listed_proxies_are_trusted() -> None:
    networks = trusted_networks(Settings(auth_proxies=["10.0.0.5", "fd00::/8"]))
    assert [is_trusted(one, networks) for one in ("10.0.0.5", "::ffff:10.0.0.5", "fd00::1")] == [True] * 3
    assert [is_trusted(one, networks) for one in ("10.0.0.6", "fe80::1", "", "testclient", "unix:")] == [False] * 5


def test_names_are_not_taken_for_this_machine() -> None:
    assert [is_loopback(host) for host in ("localhost", "LOCALHOST", "127.9.9.9", "::1")] == [True] * 4
    assert [is_loopback(host) for host in ("", "localhost.example", "10.0.0.1", "::ffff:10.0.0.1")] == [False] * 4


def test_the_highest_role_of_ones_groups_is_given() -> None:
    settings = Settings(reader_groups=["all"], editor_groups=["desk"], admin_groups=["it"], auth_role="none")
    given = [role_for(groups, settings) for groups in (["desk", "it"], ["all", "desk"], ["all"], ["IT"], [])]
    assert given == [Role.ADMIN, Role.EDITOR, Role.READER, None, None]
    assert role_for([], Settings()) is Role.READER
