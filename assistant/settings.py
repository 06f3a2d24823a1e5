"""Every setting, in one typed object: read once at the entry point and passed down."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.reader.files import SHIPPED
from indexes.embedding import PACKAGED_MODEL
from indexes.errors import OnRecordError
from indexes.reading import MEGABYTE

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.judge import ReaderJudge
    from indexes import Index

CONFIG_FILE = "onrecord.toml"


class WrongSetting(OnRecordError):
    """A setting that does not exist or has no usable value. Seen by the operator, at start."""


class Settings(BaseSettings):
    """Read from the environment (``ONRECORD_HOST=…``), then ``onrecord.toml`` in the working folder."""

    model_config = SettingsConfigDict(env_prefix="ONRECORD_", toml_file=CONFIG_FILE, extra="forbid", frozen=True)

    home: Path = Field(Path("data"), description="Folder that holds the index. Made when it is missing.")
    host: str = Field("127.0.0.1", description="Address the web app listens on.")
    port: int = Field(7860, ge=0, le=65535, description="Port the web app listens on; 0 takes any free one.")
    embedding_model: str = Field(
        PACKAGED_MODEL,
        description="A sentence-transformers model: the packaged one, a folder, or with `hub` a name on a model hub.",
    )
    number_format: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="Arithmetic of the models. `auto` is bf16 where the processor has AMX, else fp32."
    )
    reader_model: str = Field(
        SHIPPED,
        description="The model that reads out short answers: the one that comes with On Record, or any extractive "
        "question-answering model of Hugging Face's, as a folder or with `hub` a name on a model hub.",
    )
    hub: bool = Field(False, description="Whether models may be fetched from a model hub. Off, no hub is ever asked.")
    passage_tokens: int = Field(
        240, ge=32, le=512, description="Length of a passage in model tokens, its heading not counted."
    )
    max_file_mb: float = Field(
        20, gt=0, description="Largest article accepted, in megabytes as it stands in its file, decompressed."
    )

    @property
    def max_file_bytes(self) -> int:
        return int(self.max_file_mb * MEGABYTE)

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


def load_settings() -> Settings:
    """The settings of this run, and a process that calls out to no one.

    Raises:
        WrongSetting: names the setting, what is wrong with it and where it was set.
    """
    unknown = sorted(
        name for name in os.environ if name.startswith("ONRECORD_") and name[9:].lower() not in Settings.model_fields
    )
    if unknown:
        raise WrongSetting(f"{unknown[0]} in the environment is no setting of On Record. docs/settings.md lists them.")
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        raise WrongSetting(_what_is_wrong(error)) from None
    except ValueError as error:
        raise WrongSetting(f"{CONFIG_FILE} is not valid TOML: {error}") from None
    _stay_at_home(settings)
    return settings


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    variable = f"ONRECORD_{name.upper()}"
    where = f"{variable} in the environment" if variable in os.environ else f"{name} in {CONFIG_FILE}"
    if first["type"] == "extra_forbidden":
        return f"{where} is no setting of On Record. docs/settings.md lists them."
    return f"{where} is {first['input']!r}; it {first['msg'].lower().removeprefix('input ').split(', unable')[0]}."


def _stay_at_home(settings: Settings) -> None:
    """Tells the libraries below, before they are imported, not to call out."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    if not settings.hub:
        os.environ["HF_HUB_OFFLINE"] = "1"


def open_index(settings: Settings, mends_itself: bool = False) -> Index:
    """The index these settings name."""
    from indexes import Index

    return Index(
        settings.home,
        model=settings.embedding_model,
        number_format=settings.number_format,
        passage_tokens=settings.passage_tokens,
        hub=settings.hub,
        mends_itself=mends_itself,
    )


def open_judge(settings: Settings, index: Index) -> ReaderJudge:
    """The reader these settings name, over ``index``."""
    from assistant.judge import ReaderJudge

    return ReaderJudge(index, settings.reader_model, settings.number_format, settings.hub)


def open_assistant(settings: Settings, index: Index) -> Assistant:
    """The assistant these settings name, over ``index``."""
    from assistant.assistant import Assistant

    return Assistant(index, open_judge(settings, index))


def settings_table() -> str:
    """The body of docs/settings.md."""
    rows = ["| setting | default | what it does |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.default if not isinstance(field.default, bool) else str(field.default).lower()
        rows.append(f"| `{name}` | `{default}` | {field.description} |")
    return "\n".join(rows)
