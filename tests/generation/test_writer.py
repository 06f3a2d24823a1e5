"""A language model's answer, over real HTTP: shown if it stands, and the articles' own sentences if anything fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.factory import open_assistant
from assistant.settings import Settings
from assistant.types.answers import Answered, NotFound
from benchmarks.model_server import FAULTS, mark_of, model_server
from indexes import Index

pytestmark = pytest.mark.slow

pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")

DENIAL = "Presidential spokesman Tomas Verrin on Monday denied"


def assistant(index: Index, url: str, **settings: Any) -> Assistant:
    given = {"llm": "openai", "llm_model": "tiny", "llm_url": url, "llm_seconds": 6, "llm_silence": 3, **settings}
    return open_assistant(Settings(home=index.home, **given), index)  # type: ignore[arg-type]


def denying(prompt: str) -> str:
    return f"Tomas Verrin denied the Harbour Post's report of a phone call {mark_of(DENIAL, prompt)}."


def test_what_stands_on_its_citation_is_shown_with_it(samples: Index) -> None:
    with model_server(denying) as server:
        answer = assistant(samples, server.url).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert [s.text for s in answer.sentences] == ["Tomas Verrin denied the Harbour Post's report of a phone call."]
    assert answer.sentences[0].citations[0].quote.startswith(DENIAL)
    assert answer.writer == "tiny on this machine"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda prompt: "Tomas Verrin denied the report [99].",
        lambda prompt: "Tomas Verrin denied the report.",
        lambda prompt: f"Tomas Verrin confirmed the report of a phone call {mark_of(DENIAL, prompt)}.",
        lambda prompt: f"Adela Corvane denied the report of a phone call {mark_of(DENIAL, prompt)}.",
        lambda prompt: f'Verrin called the report "false and a disgrace" {mark_of(DENIAL, prompt)}.',
        lambda prompt: f"Verrin denied the report of a phone call on Friday {mark_of(DENIAL, prompt)}.",
    ],
)
def test_what_does_not_stand_is_dropped_and_the_articles_speak(samples: Index, wrong: Callable[[str], str]) -> None:
    with model_server(wrong) as server:
        answer = assistant(samples, server.url).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.writer == ""
    assert answer.short is not None
    assert "Tomas Verrin" in answer.short
    assert "is not supported by the sentences it cites" in answer.notice


def test_only_the_sentences_that_stand_are_kept(samples: Index) -> None:
    def half(prompt: str) -> str:
        return denying(prompt) + " He will resign tomorrow " + mark_of(DENIAL, prompt) + "."

    with model_server(half) as server:
        answer = assistant(samples, server.url).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert [s.text for s in answer.sentences] == ["Tomas Verrin denied the Harbour Post's report of a phone call."]


def test_a_doubtful_sentence_is_flagged_where_the_operator_wants_to_see_it(samples: Index) -> None:
    with model_server(lambda p: f"Verrin denied the report 25 times {mark_of(DENIAL, p)}.") as server:
        answer = assistant(samples, server.url, llm_doubtful="flag").ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.sentences[0].doubt == "the number 25 is not in what it cites"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_way_to_fail_ends_in_a_cited_answer_and_a_notice(samples: Index, fault: str) -> None:
    with model_server(denying, fault) as server:
        answer = assistant(samples, server.url).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.citations
    if fault == "busy, says when":  # it was asked again, and answered
        assert answer.writer
    else:
        assert answer.notice.endswith("The answer is in the articles' own sentences.")
        assert answer.notice.startswith(("Tiny", "What tiny"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://nowhere.invalid/v1"])
def test_a_model_that_is_not_there_ends_in_a_cited_answer_and_a_notice(samples: Index, url: str) -> None:
    answer = assistant(samples, url).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.citations
    assert "could not be reached" in answer.notice


def test_a_model_that_finds_nothing_is_believed_where_the_reader_finds_nothing_either(samples: Index) -> None:
    with model_server("NOT FOUND") as server:
        assert isinstance(assistant(samples, server.url).ask("Who won the World Cup?"), NotFound)
        answer = assistant(samples, server.url).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert "found no answer" in answer.notice


def test_articles_of_an_outlet_that_is_never_sent_are_not_sent(samples: Index) -> None:
    with model_server(denying) as server:
        asked = assistant(samples, server.url, never_send=("Harbour Post", "tesmaradaily.example"))
        answer = asked.ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert all("From Harbour Post" not in prompt for prompt in server.asked)
    assert "Not sent to tiny" in answer.notice
    assert "Harbour Post" in answer.notice


def test_a_model_may_see_no_more_than_its_context_takes(samples: Index) -> None:
    with model_server(denying) as server:
        assistant(samples, server.url, llm_context=1024).ask("Who denied the call?")
    assert len(server.asked[0]) / 4 < 1024 - 400


def test_a_follow_up_is_rewritten_by_the_model(samples: Index) -> None:
    def says(prompt: str) -> str:
        return "What did Tomas Verrin say?" if "Rewrite the last question" in prompt else "NOT FOUND"

    with model_server(says) as server:
        asked = assistant(samples, server.url)
        *_, first = asked.converse("Who denied the call?")
        *_, second = asked.converse("What did he say?", turns=[first])
    assert second.searched == "What did Tomas Verrin say?"


def test_a_model_that_fails_to_rewrite_is_not_waited_for_again(samples: Index) -> None:
    first = assistant(samples, "http://127.0.0.1:9/v1")
    *_, turn = first.converse("Who denied the call?")
    with model_server(denying, "silent") as server:
        *_, second = assistant(samples, server.url).converse("What did he say about the log?", turns=[turn])
    assert server.requests == 1
    assert second.searched == "What did Tomas Verrin say about the log?"
    assert isinstance(second.answer, Answered)
    assert second.answer.notice == "Tiny did not answer in time. The answer is in the articles' own sentences."


def test_no_key_in_the_environment_switches_a_model_on(samples: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-test")
    assert open_assistant(Settings(home=samples.home), samples).writer is None
