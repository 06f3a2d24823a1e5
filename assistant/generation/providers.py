"""Opens the language model the settings name, through LlamaIndex's class for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.generation.language_model import CONNECTING, LanguageModel
from indexes.types.errors import OnRecordError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from assistant.settings import Settings


_HERE = "this machine"


class ModelMissing(OnRecordError):
    """The configured language model cannot be used. Seen by the operator, at start."""


def open_language_model(settings: Settings) -> LanguageModel:
    """The model the settings name; they must name one. Makes no network call.

    Raises:
        ModelMissing: its name is missing, or the library for it is not installed.
    """
    if not settings.llm_model:
        raise ModelMissing(f"llm is {settings.llm}, but llm_model names no model. Set llm_model.")
    try:
        llm = _OPENERS[settings.llm](settings)
    except ImportError as error:
        raise ModelMissing(
            f"llm is {settings.llm}, but {error.name} is not installed: pip install 'onrecord[{settings.llm}]'"
        ) from None
    except ValueError as error:
        raise ModelMissing(f"llm {settings.llm} cannot be used as configured: {error}") from None
    return LanguageModel(
        llm, settings.llm_model, place_of(settings), settings.llm_context, settings.llm_seconds, settings.llm_silence
    )


def address_of(settings: Settings) -> str:
    return settings.llm_url or _ADDRESSES[settings.llm]


def place_of(settings: Settings) -> str:
    """Where the model runs, in words: this machine, or the host that article text is sent to."""
    host = urlsplit(address_of(settings)).hostname or ""
    return _HERE if host in ("localhost", "127.0.0.1", "::1") else host


def _by_proxy(settings: Settings) -> bool:
    """Whether to use the environment's proxy, as other programs do; never for this machine itself."""
    return place_of(settings) != _HERE


_ADDRESSES = {
    "ollama": "http://127.0.0.1:11434",
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
}


def _ollama(settings: Settings) -> LLM:
    import httpx
    from llama_index.llms.ollama import Ollama
    from ollama import AsyncClient

    timeout = httpx.Timeout(settings.llm_seconds, connect=CONNECTING)
    llm: LLM = Ollama(
        settings.llm_model,
        base_url=address_of(settings),
        temperature=0.0,
        context_window=settings.llm_context,
        async_client=AsyncClient(host=address_of(settings), timeout=timeout, trust_env=_by_proxy(settings)),
        additional_kwargs={"num_predict": ANSWER_TOKENS},
        thinking=False,
    )
    return llm


def _openai(settings: Settings) -> LLM:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    timeout = httpx.Timeout(settings.llm_seconds, connect=CONNECTING)
    llm: LLM = OpenAILike(
        model=settings.llm_model,
        api_base=address_of(settings),
        api_key=settings.llm_key.get_secret_value() or "none",
        is_chat_model=True,
        temperature=0.0,
        max_tokens=ANSWER_TOKENS,
        context_window=settings.llm_context,
        timeout=settings.llm_seconds,
        max_retries=0,
        async_http_client=httpx.AsyncClient(timeout=timeout, trust_env=_by_proxy(settings)),
    )
    return llm


def _anthropic(settings: Settings) -> LLM:
    from llama_index.core.llms import LLMMetadata
    from llama_index.llms.anthropic import Anthropic

    class AnyAnthropic(Anthropic):  # type: ignore[misc]
        """Accepts models newer than the library's list, for which the library would raise at the first question."""

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(
                context_window=settings.llm_context, num_output=ANSWER_TOKENS, is_chat_model=True, model_name=self.model
            )

    llm: LLM = AnyAnthropic(
        model=settings.llm_model,
        base_url=address_of(settings),
        api_key=settings.llm_key.get_secret_value() or "none",
        temperature=0.0,
        max_tokens=ANSWER_TOKENS,
        timeout=settings.llm_seconds,
        max_retries=0,
    )
    return llm


_OPENERS = {"ollama": _ollama, "openai": _openai, "anthropic": _anthropic}

ANSWER_TOKENS = 400
"""The most tokens an answer may have."""
