"""The shipped reader over real passages: what it reads out stands in the sentence, the best comes first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from assistant.answering.reader_judge import READ, ReaderJudge
from assistant.answering.relevant_sentences import wants_yes_or_no
from assistant.assistant import Assistant
from assistant.llama_index import ReaderRerank
from assistant.reader.model import ReaderModel
from assistant.reader.read_passages import PassageReader
from assistant.reader.weights_loader import SHIPPED, locate_reader
from assistant.reader.windows import promising
from assistant.types.answers import Answered, NotFound
from indexes import Article, Index
from indexes.llama_index import OnRecordRetriever
from indexes.search.analysis import stems
from indexes.types.article import new_article

pytestmark = pytest.mark.slow

Add = Callable[..., list[str]]

QUESTIONS = ["Who denied the call?", "How far did the shares fall?", "When did he deny it?", "What is planned?"]


@pytest.fixture(scope="module")
def judge(samples: Index) -> ReaderJudge:
    return ReaderJudge(samples)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_candidate_stands_in_its_sentence_and_the_best_comes_first(samples: Index, question: str) -> None:
    hits = samples.search(question, 8)
    rarity = samples.rarity(set(stems(question)))
    readings = PassageReader(ReaderModel(locate_reader(SHIPPED))).read(question, hits, rarity)
    assert [reading.hit for reading in readings] == hits
    for reading in readings:
        assert list(reading.candidates) == sorted(reading.candidates, key=lambda candidate: -candidate.score)
        for candidate in reading.candidates:
            assert candidate.sentence in reading.hit.passage.sentences
            assert candidate.sentence.start <= candidate.start < candidate.end <= candidate.sentence.end
            assert candidate.text == candidate.text.strip()


def test_reading_many_passages_gives_what_reading_each_alone_gives() -> None:
    model = ReaderModel(locate_reader(SHIPPED))
    texts = ["Tomas Verrin denied the call.", "The ferry stops on 14 October. " * 9, "Nobody knows.", "Shares fell."]
    together = model.read("Who denied the call?", texts)
    for text, scores in zip(texts, together, strict=True):
        (alone,) = model.read("Who denied the call?", [text])
        assert abs(alone.starts - scores.starts).max() < 1e-3
        assert (alone.offsets == scores.offsets).all()
    assert model.read("Who?", []) == []


def test_a_question_longer_than_the_model_reads_is_still_read() -> None:
    model = ReaderModel(locate_reader(SHIPPED))
    (scores,) = model.read("and then " * 400 + "who denied the call?", ["Tomas Verrin denied the call on Monday."])
    assert len(scores.offsets) > 5


def test_the_part_of_a_passage_that_holds_the_questions_words_is_read(index: Index, add: Add) -> None:
    filler = " ".join(f"Paragraph {n} of the minutes was read out and agreed to without a word." for n in range(9))
    text = f"{filler} The Aldmoor ferry stops on 14 October. {filler}"
    add(new_article(text, id="minutes"))
    question = "When does the Aldmoor ferry stop?"
    rarity = index.rarity(set(stems(question)))
    for hit in index.search(question):
        if "ferry" in hit.text:
            part = promising(hit, rarity, 200)
            assert part[-1].end - part[0].start <= 200
            assert "14 October" in text[part[0].start : part[-1].end]


def test_the_short_answer_is_in_the_first_sentence_shown(samples: Index, judge: ReaderJudge) -> None:
    answer = Assistant(samples, judge).ask("Who denied the call?")
    assert isinstance(answer, Answered)
    assert answer.short is not None
    assert "Verrin" in answer.short
    assert answer.short in " ".join(answer.sentences[0].text.split())


def test_a_yes_or_no_question_gets_sentences_and_no_short_answer(samples: Index, judge: ReaderJudge) -> None:
    answer = Assistant(samples, judge).ask("Did the spokesman deny the phone call?")
    assert isinstance(answer, Answered)
    assert answer.short is None
    assert any("denied" in sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("question", "yes_or_no"),
    [
        ("Did Ukraine endorse the call?", True),
        ("The Kremlin spoke on Monday. Has it denied the call?", True),
        ("Isn’t the ferry running?", True),
        ("Is the ferry red or blue?", False),
        ("Who did it?", False),
        ("Isabel said what?", False),
        ("", False),
    ],
)
def test_what_counts_as_a_yes_or_no_question(question: str, yes_or_no: bool) -> None:
    assert wants_yes_or_no(question) is yes_or_no


def test_articles_left_out_are_neither_found_nor_told(samples: Index, judge: ReaderJudge) -> None:
    question = "Who denied the call?"
    everything = judge.consider(question)
    gone = {hit.article.id for hit in everything.hits[:3]}
    left = judge.consider(question, without=gone)
    told = {one.article.id for hit in left.hits for one in (hit, *hit.copies)}
    assert not told & gone
    assert not {evidence.hit.article.id for evidence in left.verdict.evidence} & gone


def test_reranking_keeps_every_hit_and_puts_the_answer_first(index: Index, add: Add, article: Article) -> None:
    about = "The phone call between the two leaders was much discussed, and the call was in every newspaper."
    add(article, *(new_article(f"{about} Day {n} of the call.", id=f"talk-{n}", title="The call") for n in range(4)))
    question = "By how much did shares in the barge operator fall?"
    hits = index.search(question, 5, rerank=ReaderJudge(index).rerank)
    assert {hit.article.id for hit in hits} == {"call", *(f"talk-{n}" for n in range(4))}
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert hits[0].article.id == "call"
    many = index.search(question, 5) * 6
    assert len(ReaderJudge(index).rerank(question, many)) == len(many) > READ


def test_a_llama_index_engine_can_rerank_with_the_reader(index: Index, add: Add, article: Article) -> None:
    add(article, new_article("Shares and barges were the talk of the town.", id="talk"))
    rerank = ReaderRerank(ReaderJudge(index), top_n=2)
    question = "By how much did shares in the barge operator fall?"
    nodes = OnRecordRetriever(index, 5).retrieve(question)
    empty = NodeWithScore(node=TextNode(text="  ", id_="blank"), score=9.0)
    found = rerank.postprocess_nodes([empty, *nodes], query_str=question)
    assert len(found) == 2
    assert "3.1 percent" in found[0].node.get_content()
    with pytest.raises(ValueError, match="needs the query"):
        rerank.postprocess_nodes(nodes)


def test_a_missing_reader_is_a_notice_not_a_no(samples: Index) -> None:
    answer = Assistant(samples, ReaderJudge(samples, "/no/such/model")).ask("Who denied the call?")
    assert not isinstance(answer, Answered | NotFound)
    assert "/no/such/model" in answer.text
