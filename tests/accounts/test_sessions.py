"""Sessions and API keys: random, kept hashed, and over when they are over."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from desks import Clock, files_of, open_desk

from assistant.accounts.errors import KeyExists, KeyRefused, NoSession, NoSuchKey, NotAcceptable
from assistant.accounts.permissions import Scope
from assistant.accounts.sessions import SessionLife
from assistant.accounts.users import User
from assistant.desk import Desk


def test_a_session_is_its_users_and_no_one_elses(desk: Desk, ada: User, bo: User) -> None:
    first, second = desk.sessions.begin(ada), desk.sessions.begin(bo)
    assert desk.sessions.current(first).user == ada
    assert desk.sessions.current(second).user == bo


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\ud800", "' OR 1=1 --"])
def test_a_token_that_was_never_given_out_is_no_session(desk: Desk, ada: User, token: str) -> None:
    desk.sessions.begin(ada)
    with pytest.raises(NoSession):
        desk.sessions.current(token)


def test_only_the_hash_of_a_token_is_kept_and_it_lets_no_one_in(desk: Desk, ada: User, tmp_path: Path) -> None:
    token = desk.sessions.begin(ada)
    digest = hashlib.sha256(token.encode()).hexdigest()
    kept = files_of(tmp_path)
    assert token.encode() not in kept
    assert digest.encode() in kept
    with pytest.raises(NoSession):
        desk.sessions.current(digest)


def test_a_session_ends_when_it_lay_unused_too_long(desk: Desk, ada: User, clock: Clock) -> None:
    token = desk.sessions.begin(ada)
    clock.forward(hours=11)
    assert desk.sessions.current(token).user == ada
    clock.forward(hours=11)
    assert desk.sessions.current(token).user == ada
    clock.forward(hours=12)
    with pytest.raises(NoSession, match="Log in again"):
        desk.sessions.current(token)


def test_a_session_ends_in_the_end_however_much_it_is_used(tmp_path: Path, clock: Clock) -> None:
    life = SessionLife(timedelta(hours=12), timedelta(hours=30))
    with open_desk(tmp_path, clock, "none", life) as desk:
        token = desk.sessions.begin(desk.users.anonymous())
        for _ in range(2):
            clock.forward(hours=10)
            desk.sessions.current(token)
        clock.forward(hours=10)
        with pytest.raises(NoSession):
            desk.sessions.current(token)


def test_a_clock_set_back_ends_no_session_and_does_not_make_it_last_longer_unused(
    desk: Desk, ada: User, clock: Clock
) -> None:
    token = desk.sessions.begin(ada)
    clock.forward(days=-3)
    assert desk.sessions.current(token).user == ada
    clock.forward(hours=12)
    with pytest.raises(NoSession):
        desk.sessions.current(token)


def test_a_session_is_found_by_its_id_without_being_used(desk: Desk, ada: User, clock: Clock) -> None:
    token = desk.sessions.begin(ada)
    id = desk.sessions.current(token).id
    clock.forward(hours=11)
    assert desk.sessions.with_id(id).user == ada
    clock.forward(hours=1)
    with pytest.raises(NoSession):
        desk.sessions.with_id(id)


def test_logging_out_ends_one_session(desk: Desk, ada: User, bo: User) -> None:
    first, second, bos = desk.sessions.begin(ada), desk.sessions.begin(ada), desk.sessions.begin(bo)
    desk.sessions.end(first)
    with pytest.raises(NoSession):
        desk.sessions.current(first)
    assert desk.sessions.current(second).user == ada
    assert desk.sessions.current(bos).user == bo


def test_a_session_without_login_is_worth_nothing_once_people_have_to_log_in(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock, "none") as desk:
        token = desk.sessions.begin(desk.users.anonymous())
        assert desk.sessions.current(token).user.name == "anonymous"
    with open_desk(tmp_path, clock, "users") as desk, pytest.raises(NoSession):
        desk.sessions.current(token)


def test_the_anonymous_user_is_the_same_every_time(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock, "none") as desk:
        first = desk.users.anonymous()
    with open_desk(tmp_path, clock, "none") as desk:
        assert desk.users.anonymous() == first


def test_a_key_is_good_for_its_scopes_and_tells_when_it_was_used(desk: Desk, clock: Clock) -> None:
    text, key = desk.keys.add("feed reader", {Scope.ADD, Scope.ASK})
    assert text.startswith(key.id + "_")
    assert desk.keys.check(text).scopes == {Scope.ADD, Scope.ASK}
    assert [kept.used for kept in desk.keys.list()] == [clock.now]


def test_only_the_hash_of_a_key_is_kept(desk: Desk, tmp_path: Path) -> None:
    text, key = desk.keys.add("feed reader", {Scope.ADD})
    kept = files_of(tmp_path)
    assert text.removeprefix(key.id).encode() not in kept
    assert hashlib.sha256(text.encode()).hexdigest().encode() in kept


def test_a_key_is_refused_when_unknown_cut_revoked_or_old(desk: Desk, clock: Clock) -> None:
    text, key = desk.keys.add("one", {Scope.ASK}, days=30)
    other, _ = desk.keys.add("two", {Scope.ASK})
    for wrong in ("", key.id, text[:-1], text + "x", "\ud800"):
        with pytest.raises(KeyRefused):
            desk.keys.check(wrong)
    desk.keys.revoke("two")
    with pytest.raises(KeyRefused):
        desk.keys.check(other)
    clock.forward(days=29, hours=23)
    assert desk.keys.check(text).name == "one"
    clock.forward(hours=1)
    with pytest.raises(KeyRefused, match="unknown, revoked or expired"):
        desk.keys.check(text)


def test_a_name_names_one_valid_key(desk: Desk) -> None:
    _, key = desk.keys.add("one", {Scope.ASK})
    with pytest.raises(KeyExists):
        desk.keys.add("one", {Scope.ASK})
    desk.keys.revoke(key.id)
    desk.keys.add("one", {Scope.ASK})
    assert [bool(kept.revoked) for kept in desk.keys.list()] in ([True, False], [False, True])


def test_revoking_by_name_revokes_every_key_of_that_name(desk: Desk, clock: Clock) -> None:
    desk.keys.add("one", {Scope.ASK}, days=1)
    clock.forward(days=2)
    text, _ = desk.keys.add("one", {Scope.ASK})
    desk.keys.revoke("one")
    with pytest.raises(KeyRefused):
        desk.keys.check(text)
    with pytest.raises(NoSuchKey, match="onrecord keys list"):
        desk.keys.revoke("one")


def test_a_key_without_scope_is_refused(desk: Desk) -> None:
    with pytest.raises(NotAcceptable, match="--scope"):
        desk.keys.add("one", ())
