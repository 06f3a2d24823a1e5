"""Who may do what: the whole table, written out a second time."""

from __future__ import annotations

from itertools import product

import pytest

from assistant.accounts.permissions import Action, Role, Scope, may

#                               reader editor admin
ROLES = """
ask a question                     x      x     x
search                             x      x     x
read an article                    x      x     x
see who said what                  x      x     x
keep conversations                 x      x     x
give feedback                      x      x     x
add articles                       .      x     x
say which outlet and article it is .      x     x
remove articles                    .      x     x
follow feeds                       .      x     x
see and export feedback            .      x     x
see metrics                        .      .     x
manage users                       .      .     x
manage API keys                    .      .     x
"""
SCOPES = {
    Action.ASK: Scope.ASK,
    Action.SEARCH: Scope.SEARCH,
    Action.READ: Scope.READ,
    Action.CLAIMS: Scope.CLAIMS,
    Action.GIVE_FEEDBACK: Scope.FEEDBACK,
    Action.ADD: Scope.ADD,
    Action.EDIT: Scope.EDIT,
    Action.REMOVE: Scope.REMOVE,
    Action.METRICS: Scope.METRICS,
}
NAMED = {line[:35].strip(): line[35:].split() for line in ROLES.strip().splitlines()}


def test_the_table_names_every_action() -> None:
    assert set(NAMED) == {action.value for action in Action}


@pytest.mark.parametrize(("action", "role"), list(product(Action, Role)))
def test_a_role_may_do_what_the_table_says(action: Action, role: Role) -> None:
    assert may(role, action) is (NAMED[action.value][list(Role).index(role)] == "x")


@pytest.mark.parametrize(("action", "scope"), list(product(Action, Scope)))
def test_a_scope_lets_a_key_do_one_thing(action: Action, scope: Scope) -> None:
    assert may({scope}, action) is (SCOPES.get(action) is scope)


@pytest.mark.parametrize("action", list(Action))
def test_several_scopes_let_a_key_do_what_one_of_them_does_and_none_nothing(action: Action) -> None:
    assert may(set(Scope), action) is (action in SCOPES)
    assert may((), action) is False
