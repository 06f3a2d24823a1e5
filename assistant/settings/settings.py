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
from indexes.fetch.ssrf import read_reach
from indexes.ingest.files import MEGABYTE
from indexes.types.errors import OnRecordError

CONFIG_FILE = "onrecord.toml"
_POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")


class WrongSetting(OnRecordError):
    """A setting that does not exist or has no usable value. Seen by the operator, at start."""


class Settings(BaseSettings):
    """Read from the environment (``ONRECORD_HOST=…``), then ``onrecord.toml`` in the working folder."""

    model_config = SettingsConfigDict(env_prefix="ONRECORD_", toml_file=CONFIG_FILE, extra="forbid", frozen=True)

    home: Path = Field(Path("data"), description="Folder that holds the index. Made when it is missing.")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="A PostgreSQL database for articles, followed feeds, users and conversations, such as "
        "`postgresql://onrecord@db.example/newsroom`, which several processes and machines may share; `home` then "
        "keeps only what is derived from it. Empty, all are in files in `home`. An extra: `onrecord[postgres]`.",
    )
    chroma_url: str = Field(
        "",
        description="A Chroma server on which vectors are searched, such as `https://vectors.example`; empty, Chroma "
        "works on files in `home`. The server itself lets in anyone: docs/chroma-server.md has what to put before it.",
    )
    chroma_token: SecretStr = Field(
        SecretStr(""),
        description="Sent to it as `Authorization: Bearer …` and `X-Chroma-Token`, for what stands before it.",
    )
    chroma_tenant: str = Field("default_tenant", min_length=1, description="The tenant on it, which must exist.")
    chroma_database: str = Field("default_database", min_length=1, description="The tenant's database, likewise.")
    host: str = Field("127.0.0.1", description="Address the web app listens on.")
    port: int = Field(7860, ge=0, le=65535, description="Port the web app listens on; 0 takes any free one.")
    hosts: tuple[str, ...] = Field(
        (),
        description='Names by which browsers reach the web app, such as `["newsroom.example"]`, beside `host`, '
        "loopback names and the address that was reached. Others are refused.",
    )
    base_path: str = Field(
        "",
        pattern=r"^(/[\w.~-]+)*$",
        description="Path below which the web app is served, such as `/onrecord`, where a proxy serves others beside.",
    )
    embedding_model: str = Field(
        PACKAGED_MODEL,
        description="A sentence-transformers model: the packaged one, a folder, or with `hub` a name on a model hub.",
    )
    number_format: Literal["auto", "fp32", "bf16", "int8"] = Field(
        "auto",
        description="Arithmetic of the models. `auto` is the fastest for the processor: bf16 with AMX, int8 with "
        "AVX-512 VNNI (for the models that come with On Record and others like them), else fp32.",
    )
    reader_model: str = Field(
        SHIPPED,
        description="The model that reads out short answers: the one that comes with On Record, or any extractive "
        "question-answering model of Hugging Face's, as a folder or with `hub` a name on a model hub.",
    )
    hub: bool = Field(False, description="Whether models may be fetched from a model hub. Off, no hub is ever asked.")
    llm: Literal["none", "ollama", "openai", "anthropic"] = Field(
        "none",
        description="Who writes the answers: `none` shows the articles' own sentences; the others have a language "
        "model write, by Ollama, any server that speaks OpenAI's protocol, or Anthropic, and hold it to those "
        "sentences. Article text is then sent to `llm_url`. Each is an extra to install: `onrecord[ollama]`, …",
    )
    llm_model: str = Field("", description="The language model's name, as its server knows it.")
    llm_url: str = Field("", description="Where it is, if not at the provider's usual address.")
    llm_key: SecretStr = Field(SecretStr(""), description="The key for it. Keys in other variables are never used.")
    llm_context: int = Field(8192, ge=1024, description="Tokens it can take, question, sentences and answer together.")
    llm_seconds: float = Field(
        14, gt=0, le=600, description="Seconds an answer may take it; then the articles' own sentences are shown."
    )
    llm_silence: float = Field(8, gt=0, le=600, description="Seconds it may be silent, at first or between two words.")
    llm_doubtful: Literal["drop", "flag"] = Field(
        "drop", description="What becomes of a sentence that does not stand on what it cites."
    )
    never_send: tuple[str, ...] = Field(
        (), description="Outlets, by name or domain, whose articles are never sent to a language model."
    )
    passage_tokens: int = Field(
        240, ge=32, le=512, description="Length of a passage in model tokens, its heading not counted."
    )
    max_file_mb: float = Field(
        20, gt=0, description="Largest article accepted, in megabytes as it stands in its file, decompressed."
    )
    auth: Literal["none", "users", "proxy", "oidc"] = Field(
        "none",
        description="How people log in: `none` lets in whoever sits at this machine, and no one else; `users` by "
        "name and password (`onrecord users add`); `proxy` believes a header of a proxy that logged them in; `oidc` "
        "asks an OpenID Connect provider.",
    )
    auth_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of proxies that are believed: `auth_header`, and what `X-Forwarded-For`, "
        "`-Proto` and `-Host` say; of others it is dropped.",
    )
    auth_header: str = Field("X-Remote-User", min_length=1, description="The header that names the user.")
    auth_groups_header: str = Field("", description="The header that names the user's groups, between commas.")
    auth_role: Literal["none", "reader", "editor", "admin"] = Field(
        "reader", description="Role of those from a proxy or provider whom no group gives one; `none`: not let in."
    )
    reader_groups: tuple[str, ...] = Field((), description="Groups of a proxy or provider whose members are readers.")
    editor_groups: tuple[str, ...] = Field((), description="Groups whose members are editors.")
    admin_groups: tuple[str, ...] = Field((), description="Groups whose members are admins.")
    oidc_issuer: str = Field("", description="The OpenID Connect provider's address, as it names itself.")
    oidc_client_id: str = Field("", description="The name under which it knows this app.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="The secret it gave this app.")
    oidc_groups_claim: str = Field("groups", description="The claim of its ID token that lists the user's groups.")
    session_hours: float = Field(12, gt=0, le=8760, description="Hours a login may lie unused before it ends.")
    session_days: float = Field(14, gt=0, le=365, description="Days after which a login ends however much it is used.")
    asks_per_minute: int = Field(
        60,
        ge=1,
        description="Questions and searches that a user or key may send in a minute; an address ten times that.",
    )
    changes_per_minute: int = Field(120, ge=1, description="Requests to add, remove or change something, likewise.")
    logins_per_minute: int = Field(
        30,
        ge=1,
        description="Attempts to log in that an address may make in a minute. Users who logged in there before are "
        "each counted alone; all together may make ten times as many.",
    )
    keep_conversations_days: int = Field(
        180, ge=0, le=36500, description="Days a conversation is kept after its last question; 0 keeps it for good."
    )

    fetch_allow: tuple[str, ...] = Field(
        (),
        description="Host names, IP addresses and networks that may be fetched from although they are private or at "
        'unusual ports, such as `["intranet.example", "10.0.0.0/8"]`. Redirects and feeds may lead there too.',
    )

    watch_minutes: float = Field(
        15, ge=0, le=10080, description="Minutes between two looks of the web app at a followed feed; 0: it takes none."
    )

    widget_pages: tuple[str, ...] = Field(
        (),
        description='Origins whose pages may show the widget, such as `["https://intranet.example"]`. On Record\'s own '
        "always may.",
    )
    widget_visitors: Literal["anyone", "token"] = Field(
        "token",
        description="Who may ask in the widget on those pages: `token` asks each page's server for a token that it got "
        "with an API key; `anyone` answers whoever names such a page, without a login.",
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
        read_reach(entries)
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
