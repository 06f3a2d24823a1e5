"""``onrecord claims``: who said what, for people and for machines."""

from __future__ import annotations

import hashlib

import pytest
from commands import Run
from newsroom import GOOD, Newsroom

pytestmark = pytest.mark.slow

FERRY = "The Aldmoor ferry will stop on 14 October because its hull needs new steel, harbour master Ines Torvald said."
CLAIM = {"speaker", "stance", "what", "citation", "also"}


def claims(newsroom: Newsroom, *arguments: str) -> Run:
    run = newsroom.ask("claims", *arguments)
    assert run.err == ""
    return run


def test_the_claims_of_an_article_have_speaker_stance_and_sentence(newsroom: Newsroom) -> None:
    for name in ("https://quaychronicle.example/aldmoor-ferry", "articles/ferry.md"):
        run = claims(newsroom, name)
        assert run.code == 0
        assert run.lines[:2] == ["Ines Torvald: said", f"   {FERRY}"]
        assert run.lines[2].startswith("   Quay Chronicle, 2 October 2026, “Aldmoor ferry to stop for the winter”")


def test_the_claims_about_something_are_those_of_all_articles_that_bear_on_it(newsroom: Newsroom) -> None:
    (claim,) = claims(newsroom, "--about", "Does the lantern street need a quiet day?", "--json").objects
    assert claim.keys() == CLAIM
    assert (claim["speaker"], claim["stance"]) == ("Bede Amory", "asserted")
    citation = claim["citation"]
    text = GOOD["lanterns.txt"]
    assert citation["quote"] in text
    assert hashlib.sha256(text.encode()).hexdigest() == citation["sha256"]


def test_claims_can_be_narrowed_to_a_speaker_and_a_stance(newsroom: Newsroom) -> None:
    ferry = "articles/ferry.md"
    assert claims(newsroom, ferry, "--speaker", "torvald", "--stance", "asserted").lines[0] == "Ines Torvald: said"
    assert claims(newsroom, ferry, "--speaker", "Amory").lines == ["No such claims."]
    assert claims(newsroom, ferry, "--stance", "denied").lines == ["No such claims."]
    assert claims(newsroom, ferry, "--stance", "denied", "--json").lines == []


def test_an_article_in_which_no_one_speaks_has_no_claims(newsroom: Newsroom) -> None:
    assert claims(newsroom, "articles/quay.md").lines == ["No claims found."]


def test_wrong_use_ends_in_one_line(newsroom: Newsroom) -> None:
    both = newsroom.ask("claims", "articles/ferry.md", "--about", "the ferry")
    assert (both.code, both.out, both.complaint) == (2, "", "onrecord: give either an article or --about")
    assert newsroom.ask("claims").code == 2
    unknown = newsroom.ask("claims", "nowhere.txt")
    assert unknown.code == 1
    assert "nowhere.txt" in unknown.complaint
    empty = newsroom.ask("claims", "--about", "the ferry", home=newsroom.folder / "nothing")
    assert empty.code == 0 or "There are no articles yet" in empty.complaint
