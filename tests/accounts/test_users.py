"""Users, passwords, and how slow guessing them becomes."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from desks import CHEAP, PASSWORD, Clock, answered, files_of, open_desk

from assistant.accounts.credentials import Passwords
from assistant.accounts.errors import (
    LoginRefused,
    NoSession,
    NoSuchConversation,
    NoSuchUser,
    NotAcceptable,
    TooManyAttempts,
    UserExists,
)
from assistant.accounts.login_throttle import PACES
from assistant.accounts.permissions import Role
from assistant.accounts.users import User
from assistant.desk import Desk

pytestmark = pytest.mark.slow

HERE, THERE = "192.0.2.1", "198.51.100.7"


def fail(desk: Desk, name: str, address: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(LoginRefused):
            desk.logins.log_in(name, "guessed it wrong", address)


def was_tried(desk: Desk, name: str, address: str) -> bool:
    """Whether a wrong password was looked at; otherwise it came too soon."""
    with pytest.raises(LoginRefused) as refused:
        desk.logins.log_in(name, "guessed it wrong", address)
    return not isinstance(refused.value, TooManyAttempts)


def test_the_right_password_lets_in_whatever_the_case_of_the_name(desk: Desk, ada: User) -> None:
    assert desk.logins.log_in(" aDA ", PASSWORD, HERE) == ada


def test_a_wrong_password_and_a_wrong_name_are_refused_in_the_same_words(desk: Desk, ada: User) -> None:
    with pytest.raises(LoginRefused) as wrong_password:
        desk.logins.log_in("Ada", "not her password", HERE)
    with pytest.raises(LoginRefused) as wrong_name:
        desk.logins.log_in("Eve", PASSWORD, HERE)
    assert str(wrong_password.value) == str(wrong_name.value)


def test_a_name_that_nobody_has_takes_as_long_to_be_refused(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock, hasher=PasswordHasher(time_cost=8, memory_cost=8192, parallelism=1)) as desk:
        desk.users.add("Ada", Role.READER, PASSWORD)
        desk.users.with_password("nobody", "warms up")

        def fastest(name: str) -> float:
            times = []
            for _ in range(5):
                start = time.perf_counter()
                assert desk.users.with_password(name, "wrong") is None
                times.append(time.perf_counter() - start)
            return min(times)

        known, unknown = fastest("Ada"), fastest("nobody")
    assert unknown > known / 2


def test_only_a_hash_is_kept(desk: Desk, ada: User, tmp_path: Path) -> None:
    kept = files_of(tmp_path)
    assert PASSWORD.encode() not in kept
    assert b"$argon2id$" in kept


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_login(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock) as desk:
        desk.users.add("Ada", Role.READER, PASSWORD)
    better = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with open_desk(tmp_path, clock, hasher=better) as desk:
        assert desk.logins.log_in("Ada", PASSWORD, HERE).name == "Ada"
    assert b"m=16,t=2" in files_of(tmp_path)
    assert b"m=8,t=1" not in files_of(tmp_path)


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 1025])
def test_a_password_of_no_use_is_refused(desk: Desk, ada: User, password: str) -> None:
    with pytest.raises(NotAcceptable, match="12 to 1024 characters"):
        desk.users.set_password("Ada", password)
    assert desk.logins.log_in("Ada", PASSWORD, HERE) == ada


def test_however_a_keyboard_composes_letters_the_password_is_the_same() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.match(passwords.hash("a caf\u00e9 in Aldmoor"), "a cafe\u0301 in Aldmoor")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[2J", "\u202eadA", "x" * 65])
def test_a_name_that_cannot_be_shown_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(NotAcceptable, match="cannot be a user's name"):
        desk.users.add(name, Role.READER, PASSWORD)


def test_a_name_is_taken_in_any_case(desk: Desk, ada: User) -> None:
    with pytest.raises(UserExists, match="already a user 'ADA'"):
        desk.users.add("ADA", Role.READER, PASSWORD)


def test_a_user_who_is_not_there_is_named(desk: Desk) -> None:
    for change in (
        lambda: desk.users.remove("Eve"),
        lambda: desk.users.set_role("Eve", Role.ADMIN),
        lambda: desk.users.set_password("Eve", PASSWORD),
    ):
        with pytest.raises(NoSuchUser, match=r"no user 'Eve'\. List them: onrecord users list"):
            change()


def test_removing_a_user_removes_what_was_theirs_from_the_files(
    desk: Desk, ada: User, bo: User, tmp_path: Path
) -> None:
    token = desk.sessions.begin(ada)
    started, _ = desk.conversations.start(ada.id, answered("Whence cometh quicksilver?"))
    desk.users.remove("Ada")
    with pytest.raises(NoSession):
        desk.sessions.current(token)
    with pytest.raises(NoSuchConversation):
        desk.conversations.conversation(ada.id, started.id)
    assert desk.users.list() == [bo]
    assert b"quicksilver" not in files_of(tmp_path)


def test_another_role_and_another_password_take_effect_at_once(desk: Desk, ada: User) -> None:
    token = desk.sessions.begin(ada)
    desk.users.set_role("Ada", Role.READER)
    assert desk.sessions.current(token).user.role is Role.READER
    desk.logins.set_password("Ada", "another horse battery")
    with pytest.raises(NoSession):
        desk.sessions.current(token)
    assert desk.logins.log_in("Ada", "another horse battery", HERE).id == ada.id


def test_whom_a_proxy_vouches_for_is_one_user_with_the_role_of_today(desk: Desk) -> None:
    first = desk.users.known("oidc", "issuer 17", "Ada", Role.READER)
    again = desk.users.known("oidc", "issuer 17", "Ada Lund", Role.EDITOR)
    assert (again.id, again.name, again.role) == (first.id, "Ada Lund", Role.EDITOR)
    assert desk.users.known("proxy", "issuer 17", "Ada", Role.READER).id != first.id


def test_whoever_a_proxy_names_is_shown_on_one_short_line(desk: Desk) -> None:
    user = desk.users.known("proxy", "x", "Ada\n\x1b[2J " + "y" * 300, Role.READER)
    assert user.name.startswith("Ada [2J yyy")
    assert len(user.name) == 64
    for subject in ("", "x" * 513):
        with pytest.raises(NotAcceptable, match="1 to 512"):
            desk.users.known("proxy", subject, "Ada", Role.READER)


def test_a_user_without_a_password_cannot_log_in_with_one(desk: Desk) -> None:
    desk.users.known("users", "ada", "Ada", Role.ADMIN)
    for password in ("", PASSWORD):
        with pytest.raises(LoginRefused):
            desk.logins.log_in("Ada", password, HERE)


# How slow guessing becomes


def test_after_five_wrong_passwords_a_name_has_to_wait_longer_and_longer(desk: Desk, ada: User, clock: Clock) -> None:
    fail(desk, "Ada", THERE, 5)
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as refused:
            desk.logins.log_in("Ada", PASSWORD, THERE)
        waits.append(refused.value.seconds)
        clock.forward(seconds=waits[-1])
        fail(desk, "Ada", THERE)
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_from_one_place_at_most_ten_passwords_are_tried_in_a_quarter_of_an_hour(
    desk: Desk, ada: User, clock: Clock
) -> None:
    """Also where she logged in before, and whatever others do."""
    desk.logins.log_in("Ada", PASSWORD, HERE)
    tried = []
    for second in range(0, 3600, 5):
        for address in (HERE, THERE):
            if was_tried(desk, "Ada", address):
                tried.append((second, address))
        clock.forward(seconds=5)
    for address in (HERE, THERE):
        seconds = [second for second, place in tried if place == address]
        assert max(sum(start <= second < start + 900 for second in seconds) for start in seconds) <= 10


def test_a_name_guessed_at_from_many_places_waits_for_a_minute_at_most(desk: Desk, ada: User, clock: Clock) -> None:
    for n in range(30):
        assert was_tried(desk, "Ada", f"203.0.113.{n}")
        clock.forward(seconds=60)
    assert desk.logins.log_in("Ada", PASSWORD, HERE) == ada


def test_however_a_name_is_typed_it_is_one_name_that_waits(desk: Desk) -> None:
    for name in ("Jos\u00e9", "Jose\u0301", " jos\u00e9 ", "JOS\u00c9", "\ufeffJos\u00e9"):
        assert was_tried(desk, name, HERE)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Jos\u00e9", PASSWORD, THERE)


def test_guessing_many_at_once_gains_nothing(desk: Desk, ada: User) -> None:
    def guess(n: int) -> type[Exception]:
        with pytest.raises(LoginRefused) as refused:
            desk.logins.log_in("Ada", f"guessed wrong {n}", f"203.0.113.{n}")
        return refused.type

    with ThreadPoolExecutor(16) as pool:
        said = Counter(pool.map(guess, range(32)))
    assert said == {LoginRefused: 5, TooManyAttempts: 27}


def test_the_wait_is_said_in_words(desk: Desk) -> None:
    assert str(TooManyAttempts(1)) == "too many failed logins. Try again in 1 second."
    assert str(TooManyAttempts(60)).endswith("in 60 seconds.")
    assert str(TooManyAttempts(900)).endswith("in 15 minutes.")


def test_a_name_that_nobody_has_waits_just_the_same(desk: Desk) -> None:
    fail(desk, "nobody", HERE, 5)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("nobody", PASSWORD, THERE)


def test_guessing_many_names_from_one_address_is_slowed_down(desk: Desk, ada: User, clock: Clock) -> None:
    for n in range(PACES["address"].free):
        fail(desk, f"name {n}", THERE)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, THERE)
    assert desk.logins.log_in("Ada", PASSWORD, HERE) == ada


def test_an_ipv6_network_is_one_address(desk: Desk, ada: User) -> None:
    for n in range(PACES["address"].free):
        fail(desk, f"name {n}", f"2001:db8:0:1::{n:x}")
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, "2001:db8:0:1:ffff::1")
    assert desk.logins.log_in("Ada", PASSWORD, "2001:db8:0:2::1") == ada


def test_no_address_waits_longer_than_a_quarter_of_an_hour(desk: Desk, clock: Clock) -> None:
    for n in range(40):
        fail(desk, f"name {n}", THERE)
        clock.forward(minutes=15)
    with pytest.raises(LoginRefused) as refused:
        desk.logins.log_in("one more", PASSWORD, THERE)
    assert not isinstance(refused.value, TooManyAttempts)


def test_whoever_guesses_from_elsewhere_does_not_lock_out_who_logged_in_here_before(desk: Desk, ada: User) -> None:
    desk.logins.log_in("Ada", PASSWORD, HERE)
    fail(desk, "Ada", THERE, 5)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, THERE)
    assert desk.logins.log_in("Ada", PASSWORD, HERE) == ada


def test_logins_of_ones_own_do_not_pay_for_guesses_and_do_not_wait_for_them(desk: Desk, ada: User, bo: User) -> None:
    for n in range(PACES["address"].free):
        assert desk.logins.log_in("Bo", PASSWORD, THERE) == bo
        fail(desk, f"name {n}", THERE)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, THERE)
    assert desk.logins.log_in("Bo", PASSWORD, THERE) == bo


def test_a_browser_that_had_a_session_of_hers_lets_her_in_whatever_others_do_there(
    desk: Desk, ada: User, bo: User, clock: Clock
) -> None:
    token, bos = desk.sessions.begin(ada), desk.sessions.begin(bo)
    clock.forward(hours=13)  # it is over
    fail(desk, "Ada", THERE, 5)
    for n in range(PACES["address"].free - 5):
        fail(desk, f"name {n}", THERE)
    for other in ("", bos, "made up"):
        with pytest.raises(TooManyAttempts):
            desk.logins.log_in("Ada", PASSWORD, THERE, other)
    assert desk.logins.log_in("Ada", PASSWORD, THERE, token) == ada


def test_whoever_has_a_browser_of_hers_guesses_as_slowly(desk: Desk, ada: User) -> None:
    token = desk.sessions.begin(ada)
    for _ in range(5):
        with pytest.raises(LoginRefused, match="wrong name or password"):
            desk.logins.log_in("Ada", "guessed it wrong", THERE, token)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, THERE, token)


def test_a_clock_set_back_lets_the_right_password_in(desk: Desk, ada: User, clock: Clock) -> None:
    fail(desk, "Ada", THERE, 5)
    clock.forward(days=-2)
    assert desk.logins.log_in("Ada", PASSWORD, THERE) == ada
    fail(desk, "Ada", HERE, 5)
    clock.forward(hours=-1)
    assert was_tried(desk, "Ada", HERE)
    with pytest.raises(TooManyAttempts):  # by the clock as it is now
        desk.logins.log_in("Ada", PASSWORD, HERE)


def test_where_two_servers_clocks_differ_a_little_guessing_is_no_faster(desk: Desk, ada: User, clock: Clock) -> None:
    fail(desk, "Ada", THERE, 5)
    clock.forward(seconds=-5)
    with pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, THERE)


def test_another_password_from_the_operator_ends_the_wait(desk: Desk, ada: User) -> None:
    fail(desk, "Ada", THERE, 5)
    desk.logins.set_password("Ada", "another horse battery")
    assert desk.logins.log_in("Ada", "another horse battery", THERE).id == ada.id


def test_failures_are_forgotten_after_a_day_and_swept_away(desk: Desk, ada: User, clock: Clock) -> None:
    fail(desk, "Ada", THERE, 5)
    clock.forward(days=1, seconds=1)
    desk.sweep()
    fail(desk, "Ada", THERE, 4)
    assert desk.logins.log_in("Ada", PASSWORD, THERE) == ada


def test_a_wait_outlives_a_restart(tmp_path: Path, clock: Clock) -> None:
    with open_desk(tmp_path, clock) as desk:
        fail(desk, "Ada", THERE, 5)
    with open_desk(tmp_path, clock) as desk, pytest.raises(TooManyAttempts):
        desk.logins.log_in("Ada", PASSWORD, THERE)


def test_what_was_typed_as_a_name_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    fail(desk, "my secret by mistake", HERE)
    assert b"secret by mistake" not in files_of(tmp_path)
