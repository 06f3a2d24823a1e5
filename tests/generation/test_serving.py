"""The protocols language models are reached by: OpenAI's as a server of others speaks it, Ollama's and Anthropic's."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from assistant.factory import open_assistant
from assistant.generation.providers import open_language_model
from assistant.settings import Settings
from assistant.types.answers import Answered
from benchmarks.model_server import mark_of, model_server
from indexes import Index

pytestmark = pytest.mark.slow

pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")

DENIAL = "Presidential spokesman Tomas Verrin on Monday denied"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Settings for a tiny model of random weights, made here and served by ``transformers serve``."""
    folder = tmp_path_factory.mktemp("model")
    make_model(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = Path(sys.executable).with_name("transformers")
    command = [serve, "serve", folder, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/health", server, folder / "log")
            yield {"llm_url": f"http://127.0.0.1:{port}/v1", "llm_model": str(folder)}
        finally:
            server.terminate()


def make_model(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as Decoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = Tokenizer(BPE())
    letters.pre_tokenizer, letters.decoder = ByteLevel(add_prefix_space=False), Decoder()
    letters.train_from_iterator(
        ["denied the call"], BpeTrainer(special_tokens=["</s>"], initial_alphabet=ByteLevel.alphabet())
    )
    template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, eos_token="</s>", chat_template=template)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)  # one that goes on; about one in a hundred ends after a few pieces
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=32768,
            eos_token_id=tokenizer.eos_token_id,
        )
    ).save_pretrained(folder)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"transformers serve does not come up: {log.read_text()[-2000:]}")


def test_a_model_behind_transformers_serve_streams(served: dict[str, str]) -> None:
    model = open_language_model(settings(**served))
    pieces = []
    stream = model.stream("Who denied the call?")
    for piece in stream:
        pieces.append(piece)
        if len(pieces) == 5:  # it would go on for hundreds; the request ends here
            stream.close()
    assert len(pieces) == 5
    assert "".join(pieces)


def test_what_a_model_of_random_weights_says_is_never_shown(served: dict[str, str], samples: Index) -> None:
    answer = open_assistant(settings(**served, home=samples.home), samples).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.writer == ""
    assert answer.citations
    assert answer.notice.endswith("The answer is in the articles' own sentences.")


@pytest.mark.parametrize("protocol", ["ollama", "openai", "anthropic"])
def test_every_protocol_ends_in_a_cited_answer(samples: Index, protocol: str) -> None:
    pytest.importorskip(f"llama_index.llms.{protocol}", reason=f"the extra onrecord[{protocol}] is not installed")

    def says(prompt: str) -> str:
        return f"Tomas Verrin denied the Harbour Post's report of a phone call {mark_of(DENIAL, prompt)}."

    with model_server(says) as server:
        url = server.url if protocol == "openai" else server.root
        given = settings(llm_url=url, llm=protocol, home=samples.home)
        answer = open_assistant(given, samples).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.writer == "tiny on this machine"
    assert [s.text for s in answer.sentences] == ["Tomas Verrin denied the Harbour Post's report of a phone call."]


def settings(**given: object) -> Settings:
    return Settings(**{"llm": "openai", "llm_model": "tiny", **given})  # type: ignore[arg-type]
