"""Greetings, thanks and noise are told from questions; several questions at once are told apart."""

from __future__ import annotations

import pytest

from assistant.conversation.question_parts import parts
from assistant.conversation.talk import reply_to


@pytest.mark.parametrize(
    "said",
    [
        "hello",
        "Hi there!",
        "Good morning",
        "thanks",
        "Thank you so much!",
        "ok, thanks",
        "thanks, that's really helpful",
        "great",
        "what can you do?",
        "What can I ask you?",
        "who are you",
        "help",
        "how does this work?",
        "bye",
        "👍",
        "?!",
        "how are you?",
        "testing",
        "what kind of questions can I ask?",
        "how can you help me?",
        "can I ask you something?",
        "Good evening, anyone there?",
        "many thanks, just what I needed",
        "gotta run, ttyl",
        "are you a real person or a bot",
        "am I talking to a human?",
        "who made you",
        "wow, you're good",
        "that's not what I asked",
        "you keep getting this wrong",
        "tell me a joke",
        "never mind",
        "sorry, wrong window",
        "do you speak English?",
        "heyyy",
        "hahaha",
    ],
)
def test_talk_gets_a_reply(said: str) -> None:
    assert reply_to(said)


@pytest.mark.parametrize(
    "question",
    [
        "who denied the call?",
        "thanks. who denied the call?",
        "What can the mayor do?",
        "Who thanked the mayor?",
        "hello kitty cafe opening",
        "How does the vaccine work?",
        "help for the flooded",
        "good news from Quenby",
        "Ferring",
        "Good Morning Ferring",
        "good night for the rowers",
        "ok to cross the weir",
        "test of the sirens",
        "sorry for the delay, says operator",
        "what's up with the grain price",
        "thanks to whom did the mill open again?",
        "never mind the levy",
        "who made the harbour wall",
        "wrong verdict, who said so",
        "what happened?",
        "who said that?",
        "what do you know about that?",
        "tell me more",
        "When did he marry?",
        "love",
    ],
)
def test_a_question_to_the_articles_is_no_talk(question: str) -> None:
    assert not reply_to(question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did it open, and who paid for it?", ["When did it open?", "who paid for it?"]),
        ("who is the mayor? how old is she?", ["who is the mayor?", "how old is she?"]),
        ("Who won and by how much?", ["Who won?", "by how much?"]),
        ("Is the bridge open and is the ferry running?", ["Is the bridge open?", "is the ferry running?"]),
        ("does Tull want the wall, what did he say", ["does Tull want the wall?", "what did he say?"]),
        ("who criticised the levy and what did they say?", ["who criticised the levy and what did they say?"]),
        ("When did the strike start, and why?", ["When did the strike start?", "why?"]),
    ],
)
def test_several_questions_are_told_apart(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who founded and runs the festival?",
        "What did the mayor and the council say?",
        "How much has Ida Orm, who died on Monday, raised for the lifeboat?",
        "Which band said it is dropping a single and will reunite?",
        "Do they know when and where it will happen?",
        "When he left, who took over?",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    assert parts(question) == [question]
