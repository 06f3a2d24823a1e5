"""A LlamaIndex user gets answers from our engines as from any others, with sources that stand in the articles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.chat_engine.types import BaseChatEngine
from llama_index.core.llms import MockLLM
from llama_index.core.memory import Memory
from llama_index.core.query_engine import BaseQueryEngine, CustomQueryEngine, RetrieverQueryEngine
from llama_index.core.schema import MetadataMode, NodeWithScore
from llama_index.core.tools import QueryEngineTool

from assistant import Answered, Assistant, NotFound, Turn
from assistant.llama_index import OnRecordChatEngine, OnRecordQueryEngine, ReaderRerank
from assistant.types.answers import CitedSentence
from assistant.types.citations import cite, near
from indexes import Filter, Index, new_article
from indexes.llama_index import OnRecordRetriever

pytestmark = pytest.mark.slow

WHO = "Who denied the call?"
FERRY = new_article("The ferry will close on Friday. Ines Holt said so.", id="ferry")
FIRST, SECOND = (CitedSentence(FERRY.text[a:b], (cite(FERRY, a, b),)) for a, b in ((0, 31), (32, 50)))


class Said(Assistant):
    """Says what it was told to, as a language model would let it grow, and keeps what it was asked after."""

    def __init__(self, index: Index, *turns: Turn) -> None:
        super().__init__(index)
        self.turns, self.heard = turns, list[object]()

    def converse(self, question: str, where: object = None, turns: object = (), as_it_is: bool = False) -> Iterator:  # type: ignore[override,type-arg]
        self.heard.append(turns)
        return iter(
            [replace(turn, question=question, answer=replace(turn.answer, question=question)) for turn in self.turns]
        )


def said(*sentences: CitedSentence) -> Turn:
    return Turn("?", "when does the ferry close?", Answered("?", sentences, short="on Friday"))


@pytest.fixture(scope="module")
def assistant(samples: Index) -> Assistant:
    return Assistant(samples)


@pytest.fixture
def growing(samples: Index) -> Said:
    return Said(samples, said(FIRST), said(FIRST, SECOND))


def check_sources(nodes: list[NodeWithScore], index: Index) -> None:
    assert nodes
    for number, scored in enumerate(nodes, start=1):
        node, metadata = scored.node, scored.node.metadata
        article = index.store.article(metadata["article_id"], metadata["version"])
        assert article.text[metadata["start"] : metadata["end"]] == metadata["quote"] == node.get_content()
        assert (node.start_char_idx, node.end_char_idx) == (metadata["start"], metadata["end"])
        assert (node.ref_doc_id, metadata["sha256"], metadata["number"]) == (article.id, article.sha256, number)


def test_a_query_is_answered_with_a_node_for_each_citation(assistant: Assistant, samples: Index) -> None:
    engine = OnRecordQueryEngine(assistant)
    assert isinstance(engine, CustomQueryEngine)
    response = engine.query(WHO)
    assert isinstance(response, Response)
    check_sources(response.source_nodes, samples)
    answer = assistant.ask(WHO)
    assert isinstance(answer, Answered)
    assert str(response).startswith(f"{answer.short}\n\n{answer.sentences[0].text} [1]")
    assert response.metadata is not None
    assert (response.metadata["kind"], response.metadata["short"]) == ("answered", answer.short)


def test_a_query_is_answered_the_same_without_blocking_the_event_loop(assistant: Assistant) -> None:
    engine = OnRecordQueryEngine(assistant)
    assert asyncio.run(engine.aquery(WHO)) == engine.query(WHO)


def test_offsets_and_hashes_are_not_put_before_a_language_model(assistant: Assistant) -> None:
    node = OnRecordQueryEngine(assistant).query(WHO).source_nodes[0].node
    assert "sha256" not in node.get_content(MetadataMode.LLM)
    assert node.metadata["title"] in node.get_content(MetadataMode.LLM)


def test_what_the_articles_do_not_say_has_no_sources_but_passages_on_the_subject(samples: Index) -> None:
    nearest = tuple(map(near, samples.search(WHO, top=2)))
    assistant = Said(samples, Turn("?", "who sank?", NotFound("?", nearest)))
    response = OnRecordQueryEngine(assistant).query("Who sank it?")
    assert (str(response), response.source_nodes) == ("I found no sentence that answers this.", [])
    assert response.metadata is not None
    assert [one["text"] for one in response.metadata["nearest"]] == [one.citation.quote for one in nearest]


def test_a_filter_holds_for_every_query_and_a_failure_is_told(assistant: Assistant) -> None:
    response = OnRecordQueryEngine(assistant, Filter(sources=("No Such Paper",))).query(WHO)
    assert response.metadata is not None
    assert response.metadata["kind"] == "notice"
    assert "No Such Paper" in str(response)


def test_a_streamed_query_grows_and_has_its_sources_at_the_end(growing: Said) -> None:
    response = OnRecordQueryEngine(growing, streaming=True).query("when?")
    assert isinstance(response, StreamingResponse)
    told = list(response.response_gen)
    assert told == [f"on Friday\n\n{FIRST.text} [1]", f"\n\n{SECOND.text} [2]"]
    assert [scored.node.metadata["start"] for scored in response.source_nodes] == [0, 32]
    assert response.metadata is not None
    assert response.metadata["kind"] == "answered"


def test_a_streamed_query_grows_in_an_event_loop_too(growing: Said) -> None:
    async def ask() -> tuple[str, int]:
        response = await OnRecordQueryEngine(growing, streaming=True).aquery("when?")
        assert isinstance(response, AsyncStreamingResponse)
        told = "".join([piece async for piece in response.async_response_gen()])
        return told, len(response.source_nodes)

    assert asyncio.run(ask()) == (str(OnRecordQueryEngine(growing).query("when?")), 2)


def test_what_is_taken_back_in_a_stream_is_called_withdrawn(samples: Index) -> None:
    response = OnRecordQueryEngine(Said(samples, said(FIRST), said(SECOND)), streaming=True).query("when?")
    assert f"{FIRST.text} [1]\n\n(What stands above was withdrawn" in str(response)
    assert str(response).endswith(f"on Friday\n\n{SECOND.text} [1]")


def test_our_engine_is_a_tool_like_any_other(assistant: Assistant) -> None:
    output = QueryEngineTool.from_defaults(OnRecordQueryEngine(assistant), name="articles").call(WHO)
    assert "Verrin" in output.content
    assert output.raw_output.source_nodes


@pytest.mark.parametrize("streaming", [False, True])
def test_our_search_and_reader_work_in_llamaindexes_own_engine(
    assistant: Assistant, samples: Index, streaming: bool
) -> None:
    rerank = ReaderRerank(assistant._judge, top_n=2)  # type: ignore[arg-type]
    engine = RetrieverQueryEngine.from_args(
        OnRecordRetriever(samples, top=5), llm=MockLLM(), node_postprocessors=[rerank], streaming=streaming
    )
    assert isinstance(engine, BaseQueryEngine)
    response = engine.query(WHO)
    assert isinstance(response, StreamingResponse if streaming else Response)
    assert "Verrin" in str(response)
    assert len(response.source_nodes) == 2
    later = asyncio.run(engine.aquery(WHO))
    assert [s.node.node_id for s in later.source_nodes] == [s.node.node_id for s in response.source_nodes]


def test_a_conversation_goes_on_from_what_was_said(assistant: Assistant, samples: Index) -> None:
    engine = OnRecordChatEngine(assistant)
    assert isinstance(engine, BaseChatEngine)
    first = engine.chat(WHO)
    assert "Verrin" in str(first)
    check_sources(first.source_nodes, samples)
    second = engine.chat("What did he say about it?")
    assert second.metadata is not None
    assert "Verrin" in second.metadata["searched"]
    assert [message.role for message in engine.chat_history] == [MessageRole.USER, MessageRole.ASSISTANT] * 2
    assert engine.chat_history[-1].content == str(second)
    engine.reset()
    assert engine.chat_history == []
    alone = engine.chat("What did he say about it?")
    assert alone.metadata is not None
    assert "Verrin" not in alone.metadata["searched"]


def test_a_history_of_another_engine_is_gone_on_with(assistant: Assistant) -> None:
    history = [
        ChatMessage("You are helpful.", role=MessageRole.SYSTEM),
        ChatMessage("Who leads the port authority?", role=MessageRole.USER),
        ChatMessage("Ines Holt leads the port authority. [1]", role=MessageRole.ASSISTANT),
    ]
    response = OnRecordChatEngine(assistant).chat("What did she say?", chat_history=history)
    assert response.metadata is not None
    assert "Ines Holt" in response.metadata["searched"]


def test_a_streamed_answer_is_kept_when_it_is_whole(growing: Said) -> None:
    engine = OnRecordChatEngine(growing)
    response = engine.stream_chat("when?")
    assert "".join(response.response_gen) == str(OnRecordQueryEngine(growing).query("when?"))
    assert [scored.node.metadata["quote"] for scored in response.source_nodes] == [FIRST.text, SECOND.text]
    assert response.sources[0].raw_output.metadata["kind"] == "answered"
    assert [message.content for message in engine.chat_history] == ["when?", response.response]
    engine.chat("and then?")
    (heard,) = growing.heard[-1]  # type: ignore[misc]
    assert (heard.searched, heard.short) == ("when does the ferry close?", "on Friday")


def test_conversing_in_an_event_loop_is_the_same(growing: Said) -> None:
    async def converse() -> list[str]:
        engine = OnRecordChatEngine(growing, memory=Memory.from_defaults())
        first = await engine.achat("when?")
        second = await engine.astream_chat("and then?")
        told = "".join([piece async for piece in second.async_response_gen()])
        assert len(first.source_nodes) == len(second.source_nodes) == 2
        assert [message.content for message in await engine._memory.aget_all()] == [
            "when?",
            str(first),
            "and then?",
            told,
        ]
        return [str(first), told]

    whole = str(OnRecordQueryEngine(growing).query("when?"))
    assert asyncio.run(converse()) == [whole, whole]
