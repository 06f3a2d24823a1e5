"""Logging in by an OpenID Connect provider, against a real one on loopback with keys of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from apps import HERE, App, running
from joserfc.jwk import RSAKey
from oidc_provider import CLIENT, SECRET, Claims, Provider, providing

from assistant.accounts.permissions import Role


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture(scope="module")
def app(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given = {
        "auth": "oidc",
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "editor_groups": ["desk"],
        "reader_groups": ["all"],
        "auth_role": "none",
        "logins_per_minute": 1000,
    }
    with running(tmp_path_factory.mktemp("oidc"), **given) as app:
        yield app


@pytest.fixture(autouse=True)
def as_it_should_be(provider: Provider) -> Iterator[None]:
    made, person = provider.make, dict(provider.person)
    yield
    provider.make, provider.person = made, person


def sent_back(client: httpx.Client, following: str = "/") -> str:
    """From the login page to the provider, as a browser goes, and the address it is sent back to."""
    to = client.get("/login/oidc", params={"next": following}).headers["location"]
    back = urlsplit(httpx.get(to).headers["location"])
    assert f"{back.scheme}://{back.netloc}" == HERE
    return f"{back.path}?{back.query}"


def test_whom_the_provider_vouches_for_comes_in_with_the_role_of_their_groups(app: App) -> None:
    client = app.another()
    answer = client.get(sent_back(client, "/articles?x=1"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/articles?x=1")
    assert client.get("/api/v1/me").json()["name"] == "ada"
    assert client.get("/api/v1/me").json()["role"] == Role.EDITOR
    assert client.get("/").status_code == 200


def test_whoever_is_in_no_group_that_may_come_in_is_told_so(app: App, provider: Provider) -> None:
    provider.person["groups"] = ["others"]
    client = app.another()
    answer = client.get(sent_back(client))
    assert answer.status_code == 403
    assert "you have no access" in answer.text
    assert client.get("/api/v1/me").status_code == 401


def changed(**other: object) -> Callable[[Provider, Claims], str]:
    return lambda provider, claims: provider.signed({**claims, **other})


def without(name: str) -> Callable[[Provider, Claims], str]:
    return lambda provider, claims: provider.signed({key: claims[key] for key in claims if key != name})


WRONG: dict[str, Callable[[Provider, Claims], str]] = {
    "another nonce": changed(nonce="another"),
    "no nonce": without("nonce"),
    "for another app": changed(aud="another"),
    "for another app, by our name": changed(aud="another", azp=CLIENT),
    "by another issuer": changed(iss="https://evil.example"),
    "expired": changed(exp=int(time.time()) - 300),
    "no end": without("exp"),
    "no subject": without("sub"),
    "not signed": lambda provider, claims: provider.unsigned(claims),
    "another's signature": lambda provider, claims: provider.signed(claims, RSAKey.generate_key(2048)),
    "changed after signing": lambda provider, claims: provider.signed(claims)[:-8] + "AAAAAAAA",
    "no token": lambda provider, claims: "",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_is_not_the_providers_for_this_login_lets_nobody_in(
    app: App, provider: Provider, name: str
) -> None:
    provider.make = WRONG[name]
    client = app.another()
    answer = client.get(sent_back(client))
    assert answer.status_code == 401
    assert "The login failed" in answer.text
    assert client.get("/api/v1/me").status_code == 401


def test_a_state_that_was_changed_or_is_another_browsers_lets_nobody_in(app: App) -> None:
    client, other = app.another(), app.another()
    back = sent_back(client)
    assert other.get(back).status_code == 401
    assert client.get(back.replace("state=", "state=x")).status_code == 401
    for client_ in (client, other):
        assert client_.get("/api/v1/me").status_code == 401


def test_a_cookie_that_was_changed_lets_nobody_in(app: App) -> None:
    client = app.another()
    back = sent_back(client)
    noted = client.cookies["onrecord-login"]
    assert client.get(back, headers={"Cookie": f"onrecord-login={noted[:-6]}AAAAAA"}).status_code == 401


def test_the_way_back_is_good_once(app: App) -> None:
    client = app.another()
    back = sent_back(client)
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 401


def test_after_the_login_nobody_is_led_to_another_site(app: App) -> None:
    client = app.another()
    assert client.get(sent_back(client, "//evil.example/")).headers["location"] == "/"


def test_a_provider_that_is_down_is_said_to_be_on_the_login_page(tmp_path: Path) -> None:
    with providing() as provider:
        gone = provider.url
    oidc = {"auth": "oidc", "oidc_issuer": gone, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with running(tmp_path, **oidc) as app:
        answer = app.client.get("/login/oidc")
        assert answer.status_code == 503
        assert "cannot be reached" in answer.text
        assert 'href="/login/oidc' in answer.text


def test_a_provider_that_names_another_issuer_is_not_used(
    app: App, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = {**provider.metadata(), "issuer": "https://evil.example"}
    monkeypatch.setattr(provider, "metadata", lambda: described)
    oidc = {"auth": "oidc", "oidc_issuer": provider.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with running(tmp_path, **oidc) as other:
        assert other.client.get("/login/oidc").status_code == 503
