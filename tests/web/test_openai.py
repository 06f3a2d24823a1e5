"""OpenAI's protocol, spoken by its official client over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from serving import serving

from assistant.assistant import Assistant
from assistant.types.answers import Answered
from assistant.types.turns import Turn
from assistant.web.api.openai import Message, conversation
from benchmarks.model_server import model_server
from indexes import Index

openai = pytest.importorskip("openai", reason="the client openai is not installed")

CALL = {"role": "user", "content": "who denied the call?"}


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server + "/v1", api_key="none", max_retries=0) as client:
        yield client


def test_there_is_one_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["onrecord"]
    assert client.models.retrieve("onrecord").owned_by == "onrecord"


def test_an_answer_names_its_sources_in_its_text_and_beside_it(client: openai.OpenAI, server: str) -> None:
    message = client.chat.completions.create(model="onrecord", messages=[CALL]).choices[0].message
    assert message.content is not None
    assert message.content.startswith("Tomas Verrin\n\n")
    assert "\n[1] " in message.content
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        assert message.content[cited.start_index : cited.end_index].strip("[]").isdigit()
        assert cited.url.startswith(server + "/articles/")
        page = httpx.get(urlsplit(cited.url)._replace(fragment="").geturl()).text
        assert page.count('<mark id="cited">') == 1


def test_a_streamed_answer_is_the_whole_one_with_the_same_annotations(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="onrecord", messages=[CALL]).choices[0].message
    chunks = list(client.chat.completions.create(model="onrecord", messages=[CALL], stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    told = [chunk.choices[0].delta.model_dump().get("annotations") for chunk in chunks]
    assert [one for one in told if one] == [[one.model_dump() for one in whole.annotations or []]]


def test_earlier_messages_are_the_conversation(client: openai.OpenAI) -> None:
    first = client.chat.completions.create(model="onrecord", messages=[CALL]).choices[0].message.content
    messages = [CALL, {"role": "assistant", "content": first}]
    question = {"role": "user", "content": [{"type": "text", "text": "What did he say about the telephone log?"}]}
    answer = client.chat.completions.create(model="onrecord", messages=[*messages, question])
    assert "State Secrets Act" in str(answer.choices[0].message.content)


def test_a_conversation_is_read_back_from_the_text_it_was_made_into(client: openai.OpenAI, samples: Index) -> None:
    first = str(client.chat.completions.create(model="onrecord", messages=[CALL]).choices[0].message.content)
    *_, turn = Assistant(samples).converse("who denied the call?")
    assert isinstance(turn, Turn)
    assert isinstance(turn.answer, Answered)
    messages = [Message(**CALL), Message(role="assistant", content=first), Message(role="user", content="And why?")]
    (before,) = conversation(messages).turns
    assert (before.searched, before.short, before.told) == (turn.searched, turn.short, turn.told)


def test_what_no_article_says_is_said_so(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "Who won the World Cup?"}]
    message = client.chat.completions.create(model="onrecord", messages=messages).choices[0].message
    assert str(message.content).startswith("No article mentions World Cup.")
    assert not message.annotations


def test_errors_are_told_as_the_client_knows_them(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-4o'"):
        client.chat.completions.create(model="gpt-4o", messages=[CALL])
    with pytest.raises(openai.UnprocessableEntityError, match="must be a question"):
        client.chat.completions.create(model="onrecord", messages=[{"role": "system", "content": "Be brief."}])


def test_a_failure_in_a_stream_is_an_error(home: Path) -> None:
    with serving(home, passage_tokens="100") as url:
        client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.InternalServerError, match="reindex"):
            client.chat.completions.create(model="onrecord", messages=[CALL])
        with pytest.raises(openai.APIError, match="reindex"):
            list(client.chat.completions.create(model="onrecord", messages=[CALL], stream=True))


def test_what_a_language_model_has_to_take_back_is_called_withdrawn(home: Path) -> None:
    def says(prompt: str) -> Iterator[str]:
        line = next(line for line in prompt.splitlines() if "Tomas Verrin on Monday denied" in line)
        number = line.partition("]")[0] + "]"
        yield f"Tomas Verrin denied the Harbour Post's report of a phone call {number}. And then he said that "
        raise ConnectionError("cut")

    pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")
    with model_server(says) as behind, serving(home, llm="openai", llm_model="tiny", llm_url=behind.url) as url:
        client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
        chunks = client.chat.completions.create(model="onrecord", messages=[CALL], stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    before, after = text.split("(The text above was withdrawn during checking. The answer:)")
    assert "denied the Harbour Post's report of a phone call. [1]" in before
    assert "Tomas Verrin\n\n" in after
