"""What type of answer a question asks for, and which spans are of it."""

from __future__ import annotations

import pytest

from assistant.reader.answer_types import AnswerType, wanted
from assistant.reader.typed_spans import suits


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who denied the call?", AnswerType.PERSON),
        ("who lost the election", AnswerType.PERSON),
        ("Which judge heard the case?", AnswerType.PERSON),
        ("who is petra holvig", AnswerType.ROLE),
        ("Who is Oskeld's lawyer?", AnswerType.PERSON),
        ("Which newspaper reported it?", AnswerType.NAME),
        ("where were the astrolabes found?", AnswerType.PLACE),
        ("which town was flooded", AnswerType.PLACE),
        ("When will the park reopen?", AnswerType.TIME),
        ("what time did the ferry leave?", AnswerType.TIME),
        ("How long was the strike?", AnswerType.DURATION),
        ("how many days did it last", AnswerType.DURATION),
        ("How old is the youngest winner?", AnswerType.AGE),
        ("How many people were killed?", AnswerType.NUMBER),
        ("How high is the dam?", AnswerType.MEASURE),
        ("how much is the reward", AnswerType.MONEY),
        ("What did the wall cost?", AnswerType.MONEY),
        ("What share of voters stayed at home?", AnswerType.PERCENTAGE),
        ("How effective is the vaccine?", AnswerType.DEGREE),
        ("why did the payment network go down?", AnswerType.REASON),
        ("how did the thieves get in?", AnswerType.MANNER),
        ("What did Verrin say about tolls?", AnswerType.STATEMENT),
        ("How did the mayor react to the verdict?", AnswerType.STATEMENT),
        ("What happened in Quenby?", AnswerType.EVENT),
        ("What was stolen?", AnswerType.OTHER),
        ("chess cheating row", AnswerType.TOPIC),
        ("What do we know about the merger?", AnswerType.TOPIC),
        ("timeline of the rail crash", AnswerType.TIMELINE),
        ("how did the canal strike unfold", AnswerType.TIMELINE),
        ("key dates in the port trial", AnswerType.TIMELINE),
        ("Olsen: from the first complaint to the verdict", AnswerType.TIMELINE),
        ("compare the union's and the authority's figures", AnswerType.COMPARISON),
        ("harbour board v the pilots on pay", AnswerType.COMPARISON),
        ("do our papers agree on the number of dead?", AnswerType.COMPARISON),
        ("A storm hit the coast on Monday. Why did the sirens not sound?", AnswerType.REASON),
        ("attendance at the final?", AnswerType.NUMBER),
    ],
)
def test_a_question_asks_for_a_type_of_answer(question: str, kind: AnswerType) -> None:
    assert wanted(question) is kind


def test_no_few_words_are_a_reason_a_manner_or_what_was_said() -> None:
    assert {kind for kind in AnswerType if not kind.has_short} == {
        AnswerType.YES_NO,
        AnswerType.REASON,
        AnswerType.MANNER,
        AnswerType.STATEMENT,
        AnswerType.EVENT,
        AnswerType.TOPIC,
        AnswerType.TIMELINE,
        AnswerType.COMPARISON,
    }


@pytest.mark.parametrize(
    ("kind", "sentence", "right", "wrong"),
    [
        (AnswerType.DEGREE, "The vaccine protects 84 percent of people in three delta districts.", "84", "three delta"),
        (AnswerType.AGE, "At 19, Marchant is the youngest winner in the cup's 40-year history.", "19", "40-year"),
        (
            AnswerType.TIME,
            "The park will reopen in May, the town said to all on Harbour Road.",
            "in May",
            "Harbour Road",
        ),
        (AnswerType.PERSON, "On Tuesday mayor Ambrose Tull opened the wall.", "Ambrose Tull", "Tuesday"),
        (AnswerType.PERSON, "In March two divers found it.", "two divers", "In March"),
        (AnswerType.PERSON, "Ida Orm, 27, of Ferring, was found on Monday.", "Ida Orm", "27, of Ferring"),
        (AnswerType.PERSON, "A tenant died in Quenby after the fire.", "A tenant", "Quenby"),
        (AnswerType.NUMBER, "Lena Rask, 23, won 410 votes.", "410", "23"),
        (AnswerType.NUMBER, "The winner, Rask (61), won by nine.", "nine", "61"),
        (AnswerType.PLACE, "Police found 14 clocks in a barn near Sallow Bridge.", "barn near Sallow Bridge", "14"),
        (AnswerType.NUMBER, "Since 2019 the yard has built 14 ferries.", "14 ferries", "2019"),
        (AnswerType.DURATION, "The talks in Port Lasko took three weeks.", "three weeks", "Port Lasko"),
        (AnswerType.MONEY, "The wall cost 4 million crowns, Tull said.", "4 million crowns", "Tull"),
        (AnswerType.ROLE, "Federation president Petra Holvig met the mayor.", "Federation president", "the mayor"),
        (AnswerType.ROLE, "Verrin, the spokesman, said the president had left.", "spokesman", "the president"),
        (AnswerType.NAME, "It was the Harbour Post that first wrote of the deal.", "Harbour Post", "the deal"),
    ],
)
def test_a_span_of_another_type_does_not_suit(kind: AnswerType, sentence: str, right: str, wrong: str) -> None:
    assert suits(kind, sentence, *place(sentence, right))
    assert not suits(kind, sentence, *place(sentence, wrong))


def place(sentence: str, words: str) -> tuple[int, int]:
    start = sentence.index(words)
    return start, start + len(words)
