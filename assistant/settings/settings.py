"""Every setting, in one typed object: read once at the entry point and passed down."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from assistant.reader.weights_loader import SHIPPED
from assistant.settings.origins import checked_origin
from indexes.embedding.embedder import PACKAGED_MODEL
from indexes.fetch.ssrf import read_fetch_policy
from indexes.ingest.files import MEGABYTE
from indexes.types.errors import OnRecordError

CONFIG_FILE = "onrecord.toml"
_POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")


class WrongSetting(OnRecordError):
    """A setting that does not exist or has no usable value. Seen by the operator, at start."""


class Settings(BaseSettings):
    """Read from the environment (``ONRECORD_HOST=…``), then ``onrecord.toml`` in the working folder."""

    model_config = SettingsConfigDict(env_prefix="ONRECORD_", toml_file=CONFIG_FILE, extra="forbid", frozen=True)

    home: Path = Field(Path("data"), description="Folder that holds the index. Created if missing.")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="PostgreSQL database for articles, followed feeds, users and conversations, such as "
        "`postgresql://onrecord@db.example/newsroom`. Several processes and machines may share it; `home` then holds "
        "only what is derived from it. If empty, everything is in files in `home`. Needs `onrecord[postgres]`.",
    )
    chroma_url: str = Field(
        "",
        description="Chroma server for vector search, such as `https://vectors.example`. If empty, Chroma uses files "
        "in `home`. The server itself has no authentication: docs/chroma-server.md says how to secure it.",
    )
    chroma_token: SecretStr = Field(
        SecretStr(""),
        description="Token for the proxy in front of it, sent as `Authorization: Bearer …` and `X-Chroma-Token`.",
    )
    chroma_tenant: str = Field(
        "default_tenant", min_length=1, description="Tenant on the Chroma server. It must exist."
    )
    chroma_database: str = Field("default_database", min_length=1, description="The tenant's database. It must exist.")
    host: str = Field("127.0.0.1", description="Address the web app listens on.")
    port: int = Field(7860, ge=0, le=65535, description="Port the web app listens on; 0 picks a free one.")
    hosts: tuple[str, ...] = Field(
        (),
        description='Host names of the web app, such as `["newsroom.example"]`, in addition to `host`, loopback names '
        "and the address that was reached. Requests for others are refused.",
    )
    base_path: str = Field(
        "",
        pattern=r"^(/[\w.~-]+)*$",
        description="Path the web app is served under, such as `/onrecord`, behind a proxy that serves other apps too.",
    )
    embedding_model: str = Field(
        PACKAGED_MODEL,
        description="A sentence-transformers model: the packaged one, a folder or, with `hub`, a name on a model hub.",
    )
    number_format: Literal["auto", "fp32", "bf16", "int8"] = Field(
        "auto",
        description="Number format of the models. `auto` is the fastest for the processor: bf16 with AMX, int8 with "
        "AVX-512 VNNI (for the models shipped with On Record and others like them), otherwise fp32.",
    )
    reader_model: str = Field(
        SHIPPED,
        description="Model that extracts short answers: the one shipped with On Record, or any extractive "
        "question-answering model from Hugging Face, as a folder or, with `hub`, a name on a model hub.",
    )
    hub: bool = Field(
        False, description="Whether models may be downloaded from a model hub. If off, no hub is ever contacted."
    )
    llm: Literal["none", "ollama", "openai", "anthropic"] = Field(
        "none",
        description="What writes the answers: `none` shows the articles' own sentences; with the others a language "
        "model writes (Ollama, any OpenAI-compatible server, or Anthropic) and is checked against those sentences. "
        "Article text is then sent to `llm_url`. Each needs its extra: `onrecord[ollama]`, …",
    )
    llm_model: str = Field("", description="Name of the language model on its server.")
    llm_url: str = Field("", description="Its URL, if not the provider's usual one.")
    llm_key: SecretStr = Field(SecretStr(""), description="API key for it. Keys in other variables are never used.")
    llm_context: int = Field(
        8192, ge=1024, description="Its context length in tokens, for question, sentences and answer together."
    )
    llm_seconds: float = Field(
        14,
        gt=0,
        le=600,
        description="Timeout in seconds for an answer; after that the articles' own sentences are shown.",
    )
    llm_silence: float = Field(8, gt=0, le=600, description="Timeout in seconds for its first word and between words.")
    llm_doubtful: Literal["drop", "flag"] = Field(
        "drop",
        description="What to do with a sentence that its citations do not support: drop it or show it with the reason.",
    )
    never_send: tuple[str, ...] = Field(
        (), description="Outlets, by name or domain, whose articles are never sent to a language model."
    )
    passage_tokens: int = Field(
        240, ge=32, le=512, description="Length of a passage in model tokens, not counting its heading."
    )
    max_file_mb: float = Field(
        20, gt=0, description="Maximum size of an article in its file, in megabytes, decompressed."
    )
    auth: Literal["none", "users", "proxy", "oidc"] = Field(
        "none",
        description="How people log in: `none` accepts anyone on this machine, and no one else; `users` requires a "
        "name and password (`onrecord users add`); `proxy` trusts a header from a proxy that logged them in; `oidc` "
        "uses an OpenID Connect provider.",
    )
    auth_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of trusted proxies. Their `auth_header`, `X-Forwarded-For`, `-Proto` and "
        "`-Host` are trusted; from others these headers are dropped.",
    )
    auth_header: str = Field("X-Remote-User", min_length=1, description="Header with the user's name.")
    auth_groups_header: str = Field("", description="Header with the user's groups, separated by commas.")
    auth_role: Literal["none", "reader", "editor", "admin"] = Field(
        "reader",
        description="Role of users from a proxy or provider whose groups give them none; `none` denies access.",
    )
    reader_groups: tuple[str, ...] = Field((), description="Groups from a proxy or provider whose members are readers.")
    editor_groups: tuple[str, ...] = Field((), description="Groups whose members are editors.")
    admin_groups: tuple[str, ...] = Field((), description="Groups whose members are admins.")
    oidc_issuer: str = Field("", description="Issuer URL of the OpenID Connect provider, exactly as it states it.")
    oidc_client_id: str = Field("", description="Client id of this app at the provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Client secret of this app.")
    oidc_groups_claim: str = Field("groups", description="Claim of the ID token that lists the user's groups.")
    session_hours: float = Field(12, gt=0, le=8760, description="Hours without use after which a session ends.")
    session_days: float = Field(14, gt=0, le=365, description="Days after which a session ends in any case.")
    asks_per_minute: int = Field(
        60,
        ge=1,
        description="Questions and searches per minute for each user or key; ten times as many per address.",
    )
    changes_per_minute: int = Field(
        120, ge=1, description="Requests that add, remove or change something, with the same rule."
    )
    logins_per_minute: int = Field(
        30,
        ge=1,
        description="Login attempts per minute for each address. Users who logged in there before are counted "
        "individually; the total is limited to ten times as many.",
    )
    keep_conversations_days: int = Field(
        180,
        ge=0,
        le=36500,
        description="Retention of conversations, in days after the last question; 0 keeps them forever.",
    )

    fetch_allow: tuple[str, ...] = Field(
        (),
        description="Host names, IP addresses and networks that may be fetched from although they are private or use "
        'unusual ports, such as `["intranet.example", "10.0.0.0/8"]`. Redirects and feeds may lead there too.',
    )

    watch_minutes: float = Field(
        15, ge=0, le=10080, description="Minutes between the web app's checks of a followed feed; 0 turns them off."
    )

    widget_pages: tuple[str, ...] = Field(
        (),
        description='Origins whose pages may show the widget, such as `["https://intranet.example"]`. On Record\'s own '
        "pages always may.",
    )
    widget_visitors: Literal["anyone", "token"] = Field(
        "token",
        description="Who may ask in the widget on those pages: `token` requires a token that the page's server got "
        "with an API key; `anyone` answers anyone who names such a page, without a login.",
    )

    @field_validator("widget_pages")
    @classmethod
    def _are_origins(cls, pages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(checked_origin, pages))

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr) -> SecretStr:
        there = urlsplit(url.get_secret_value())
        if url.get_secret_value() and (there.scheme not in _POSTGRESQL or not there.path.strip("/")):
            raise ValueError("it must look like postgresql://USER@HOST/DATABASE")
        return url

    @field_validator("chroma_url")
    @classmethod
    def _is_a_server(cls, url: str) -> str:
        there = urlsplit(url)
        if url and (
            there.scheme not in ("http", "https") or not there.hostname or url != f"{there.scheme}://{there.netloc}"
        ):
            raise ValueError("it must look like https://HOST:PORT, without a path")
        if "@" in url:
            raise ValueError("it must hold no name and no password; there is chroma_token")
        return url

    @field_validator("fetch_allow")
    @classmethod
    def _can_be_reached(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        read_fetch_policy(entries)
        return entries

    @property
    def max_file_bytes(self) -> int:
        return int(self.max_file_mb * MEGABYTE)

    @property
    def fingerprint(self) -> tuple[str, int]:
        """SHA-256 of the settings, secrets left out, and how many differ from their default."""
        shown = self.model_dump_json(exclude=self._secret())
        changed = sum(getattr(self, name) != field.default for name, field in type(self).model_fields.items())
        return hashlib.sha256(shown.encode()).hexdigest(), changed

    @classmethod
    def _secret(cls) -> set[str]:
        return {name for name, field in cls.model_fields.items() if field.annotation is SecretStr}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: Any) -> Settings:
    """The settings of this run, and a process that calls out to no one.

    What is ``given`` by name (``home="newsroom"``) wins over the environment, and that over ``onrecord.toml``.

    Raises:
        WrongSetting: names the setting, what is wrong with it and where it was set.

    >>> load_settings(home="newsroom", port=8000).port
    8000
    """
    unknown = sorted(
        name for name in os.environ if name.startswith("ONRECORD_") and name[9:].lower() not in Settings.model_fields
    )
    if unknown:
        raise WrongSetting(f"{unknown[0]} in the environment is no setting of On Record. docs/settings.md lists them.")
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise WrongSetting(_what_is_wrong(error, given)) from None
    except SettingsError as error:
        raise WrongSetting(f'{error}. A list is written ["one", "two"].') from None
    except ValueError as error:
        raise WrongSetting(f"{CONFIG_FILE} is not valid TOML: {error}") from None
    _stay_at_home(settings)
    return settings


def _what_is_wrong(error: ValidationError, given: Container[str]) -> str:
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    variable = f"ONRECORD_{name.upper()}"
    where = f"{variable} in the environment" if variable in os.environ else f"{name} in {CONFIG_FILE}"
    where = f"the setting {name}" if name in given else where
    if first["type"] == "extra_forbidden":
        return f"{where} is no setting of On Record. docs/settings.md lists them."
    problem = first["msg"].removeprefix("Value error, it ").removeprefix("Input ").split(", unable")[0]
    secret = name in Settings._secret()
    secret |= name == "chroma_url" and "@" in str(first["input"])  # whoever wrote that wrote a password
    given = "a secret" if secret else repr(first["input"])
    return f"{where} is {given}; it {problem[:1].lower()}{problem[1:]}."


def _stay_at_home(settings: Settings) -> None:
    """Tells the libraries below, before they are imported, not to call out."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    # After every step of the page Gradio makes a table of the last 10,000 for a monitor that is switched off here.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"], os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1", "1000000000"
    if not settings.hub:
        os.environ["HF_HUB_OFFLINE"] = "1"


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default == () or isinstance(default, SecretStr) else str(default)


def settings_table() -> str:
    """The body of docs/settings.md."""
    rows = ["| setting | default | what it does |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = _shown(field.default)
        rows.append(f"| `{name}` | {f'`{default}`' if default else 'empty'} | {field.description} |")
    return "\n".join(rows)
