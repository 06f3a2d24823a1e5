"""Settings come from the environment, then from ``onrecord.toml``, and nothing else is accepted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from assistant.settings import WrongSetting, load_settings

CALLING_OUT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_OFFLINE": "1",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without settings; both as before when the test is over."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
        monkeypatch.delenv(name)
    for name in (*CALLING_OUT, "TOKENIZERS_PARALLELISM"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path


def test_every_setting_has_a_default() -> None:
    assert load_settings().model_dump() == {
        "home": Path("data"),
        "host": "127.0.0.1",
        "port": 7860,
        "hosts": (),
        "base_path": "",
        "embedding_model": "all-MiniLM-L6-v2",
        "number_format": "auto",
        "reader_model": "onrecord-reader",
        "hub": False,
        "passage_tokens": 240,
        "max_file_mb": 20,
        "fetch_allow": (),
        "watch_minutes": 15.0,
        "llm": "none",
        "llm_model": "",
        "llm_url": "",
        "database_url": SecretStr(""),
        "chroma_url": "",
        "chroma_token": SecretStr(""),
        "chroma_tenant": "default_tenant",
        "chroma_database": "default_database",
        "llm_key": SecretStr(""),
        "llm_context": 8192,
        "llm_seconds": 14.0,
        "llm_silence": 8.0,
        "llm_doubtful": "drop",
        "never_send": (),
        "auth": "none",
        "auth_proxies": (),
        "auth_header": "X-Remote-User",
        "auth_groups_header": "",
        "auth_role": "reader",
        "reader_groups": (),
        "editor_groups": (),
        "admin_groups": (),
        "oidc_issuer": "",
        "oidc_client_id": "",
        "oidc_client_secret": SecretStr(""),
        "oidc_groups_claim": "groups",
        "session_hours": 12.0,
        "session_days": 14.0,
        "asks_per_minute": 60,
        "changes_per_minute": 120,
        "logins_per_minute": 30,
        "keep_conversations_days": 180,
        "widget_pages": (),
        "widget_visitors": "token",
    }


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PORT", "8000")
    monkeypatch.setenv("ONRECORD_HOME", "archive")
    settings = load_settings()
    assert (settings.port, settings.home, settings.host) == (8000, Path("archive"), "127.0.0.1")


def test_the_file_in_the_working_folder_sets(folder: Path) -> None:
    (folder / "onrecord.toml").write_text('host = "0.0.0.0"\nmax_file_mb = 2.5\n', encoding="utf-8")
    settings = load_settings()
    assert (settings.host, settings.max_file_mb, settings.port) == ("0.0.0.0", 2.5, 7860)


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "onrecord.toml").write_text("port = 8001\npassage_tokens = 90\n", encoding="utf-8")
    monkeypatch.setenv("ONRECORD_PORT", "8002")
    settings = load_settings()
    assert (settings.port, settings.passage_tokens) == (8002, 90)


@pytest.mark.parametrize("name", ["ONRECORD_PROT", "ONRECORD_", "ONRECORD_PORT_"])
def test_an_unknown_name_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "8000")
    with pytest.raises(WrongSetting, match=f"^{name} in the environment is no setting of On Record"):
        load_settings()


def test_an_unknown_name_in_the_file_is_refused(folder: Path) -> None:
    (folder / "onrecord.toml").write_text("prot = 8000\n", encoding="utf-8")
    with pytest.raises(WrongSetting, match=r"prot in onrecord\.toml is no setting"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "abc"),
        ("port", "-1"),
        ("port", "65536"),
        ("passage_tokens", "31"),
        ("passage_tokens", "513"),
        ("max_file_mb", "0"),
        ("number_format", "int4"),
        ("hub", "perhaps"),
        ("database_url", "mysql://db.example/newsroom"),
        ("database_url", "postgresql://db.example"),
        ("chroma_url", "vectors.example:8000"),
        ("chroma_url", "https://vectors.example/chroma"),
        ("chroma_url", "https://me@vectors.example"),
        ("auth", "ldap"),
        ("auth_role", "owner"),
        ("session_hours", "0"),
        ("session_days", "366"),
        ("widget_visitors", "everyone"),
        ("widget_pages", '["*"]'),
        ("widget_pages", '["https://*.intranet.example"]'),
        ("widget_pages", '["https://intranet.example/"]'),
        ("widget_pages", '["https://intranet.example/desk"]'),
        ("widget_pages", '["https://intranet.example:443"]'),
        ("widget_pages", '["https://Intranet.example"]'),
        ("widget_pages", '["https://me@intranet.example"]'),
        ("widget_pages", '["intranet.example"]'),
        ("widget_pages", '["ftp://intranet.example"]'),
        ("widget_pages", '["null"]'),
        ("widget_pages", '["https://intranet.example; script-src *"]'),
        ("widget_pages", '["https://intranet.example:99999"]'),
        ("keep_conversations_days", "-1"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ONRECORD_{name.upper()}", value)
    with pytest.raises(WrongSetting, match=f"ONRECORD_{name.upper()} in the environment is "):
        load_settings()


def test_what_may_be_fetched_from_is_read_as_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_FETCH_ALLOW", '["intranet.example", "10.0.0.0/8", "::1"]')
    assert load_settings().fetch_allow == ("intranet.example", "10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('["http://intranet.example"]', "it holds 'http://intranet.example', which is no host name, IP address or net"),
        ('["10.0.0.1/8"]', "it holds '10.0.0.1/8', which is no"),
        ("intranet.example", r'field "fetch_allow".*A list is written \["one", "two"\]'),
    ],
)
def test_what_cannot_be_fetched_from_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, problem: str) -> None:
    monkeypatch.setenv("ONRECORD_FETCH_ALLOW", value)
    with pytest.raises(WrongSetting, match=problem):
        load_settings()


@pytest.mark.parametrize("content", [b"port = ", b"port = 1\nport = 2\n", b"\xff\xfe"])
def test_a_broken_file_is_named(folder: Path, content: bytes) -> None:
    (folder / "onrecord.toml").write_bytes(content)
    with pytest.raises(WrongSetting, match=r"^onrecord\.toml is not valid TOML: "):
        load_settings()


def test_settings_do_not_change_once_read() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1


def test_loading_settings_keeps_the_libraries_from_calling_out() -> None:
    load_settings()
    assert {name: os.environ.get(name) for name in CALLING_OUT} == CALLING_OUT


def test_only_the_hub_setting_lets_models_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_HUB", "true")
    load_settings()
    assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_a_database_that_cannot_be_one_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_DATABASE_URL", "oracle://onrecord:" + "hunter2" + "@db.example/newsroom")
    with pytest.raises(WrongSetting, match="is a secret; it must look like postgresql://USER@HOST") as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("ONRECORD_DATABASE_URL", "postgresql://onrecord:" + "hunter2" + "@db.example/newsroom")
    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize("value", ['["sk-canary"]', "5551234"])
def test_a_secret_of_a_wrong_kind_is_not_told(folder: Path, value: str) -> None:
    (folder / "onrecord.toml").write_text(f"llm_key = {value}\n", encoding="utf-8")
    with pytest.raises(WrongSetting, match=r"^llm_key in onrecord\.toml is a secret; it ") as refused:
        load_settings()
    assert "canary" not in str(refused.value)
    assert "5551234" not in str(refused.value)


def test_secrets_are_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_LLM_KEY", "sk-canary")
    monkeypatch.setenv("ONRECORD_OIDC_CLIENT_SECRET", "sk-canary")
    settings = load_settings()
    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_what_is_given_by_name_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PORT", "8000")
    monkeypatch.setenv("ONRECORD_HOST", "::1")
    settings = load_settings(port=9000)
    assert (settings.port, settings.host) == (9000, "::1")


def test_a_wrong_setting_given_by_name_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PORT", "8000")
    with pytest.raises(WrongSetting, match=r"^the setting port is 'x'; it should be a valid integer"):
        load_settings(port="x")
    with pytest.raises(WrongSetting, match=r"^the setting prot is no setting of On Record"):
        load_settings(prot=8000)
