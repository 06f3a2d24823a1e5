"""Values made from a JSON schema: one that fits it, the largest that does, and those that do not fit, place by place.

Whatever is said in them is a harmless marker: no path, no address that leads anywhere, no name of anything.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]
"""The named schemas that ``$ref`` leads to."""

MARK = "marker"
NOWHERE = "http://192.0.2.1/marker"
"""An address that is nobody's: it is refused without being looked up or connected to."""

DEEP = "@nested@"
"""Stands for lists in lists, which :func:`encoded` puts in its place."""

_TOWNS = "Alnby Brekke Corvik Dunmor Eskdal Farholm Glimme Haverly Inster Jorvik Keldby Lunde".split()
_PEOPLE = ("Ines Olm", "Tomas Verrin", "Judith Maarden", "Pal Arneson", "Mira Holt")
_DEPTH = 20_000
_LONGEST = 8_000
_FAR = 20
_UNBOUNDED = 4_000
"""So long is a string in the largest value where the schema sets no limit."""

WRONG: Mapping[str, Any] = {
    "null": None,
    "a boolean": True,
    "a number": 7,
    "a huge number": 10**40,
    "a fraction": 1.5,
    "a string": MARK,
    "a list": [MARK],
    "an object": {"a": {"b": [MARK]}},
    "objects in a list": [{"a": MARK, "b": {"c": MARK}}],
    "half a character": "\ud800",
    "a control character": "\x00",
    "nesting": DEEP,
}


@dataclass(frozen=True)
class Mutation:
    """A value that was made wrong at one place; ``refused`` where a server that keeps to its schema refuses it."""

    kind: str
    value: Any
    refused: bool = False


def encoded(value: Any) -> bytes:
    """As JSON, with what stands for nesting nested."""
    return json.dumps(value).encode().replace(json.dumps(DEEP).encode(), b"[" * _DEPTH + b"]" * _DEPTH)


def fitting(schema: Schema, schemas: Schemas, option: int = 0, whole: bool = False) -> Any:
    """A small value that fits; ``option`` picks among alternatives at the top. ``whole``: nothing is left out."""
    schema = resolved(schema, schemas, option)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        wanted = fields if whole else schema.get("required", []) or list(fields)[:1]
        return {name: fitting(fields[name], schemas, whole=whole) for name in wanted}
    if kind == "array":
        return [fitting(schema["items"], schemas, whole=whole)] * max(1, schema.get("minItems", 1))
    if kind == "integer":
        return int(schema.get("minimum", 1))
    if kind == "boolean":
        return False
    return text_for(schema) if kind == "string" else None


def text_for(schema: Schema) -> str:
    examples = [str(one) for one in schema.get("examples", [])]
    if any(one.startswith("http") for one in examples):
        return NOWHERE
    return str(schema.get("default", (examples or [MARK])[0]))


def options(schema: Schema, schemas: Schemas) -> int:
    """How many alternatives there are at the top."""
    return max(1, len(schema.get("anyOf", schema.get("oneOf", []))))


def resolved(schema: Schema, schemas: Schemas, option: int = 0) -> Schema:
    """Without references and alternatives."""
    while True:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        elif choices := schema.get("anyOf", schema.get("oneOf")):
            schema, option = choices[min(option, len(choices) - 1)], 0
        else:
            return schema


def largest(schema: Schema, schemas: Schemas, most: int, choice: int | None = None) -> Any:
    """A value at every limit there is, but of no more than ``most`` bytes: longer strings are made shorter.

    Where there is something to choose, all have the same ``choice``; without one they take turns.
    """
    length = _LONGEST
    while len(encoded(value := _full(schema, schemas, length, 0, choice))) > most and length > 1:
        length -= length // 4
    return value


def _full(schema: Schema, schemas: Schemas, length: int, n: int, choice: int | None) -> Any:
    schema = resolved(schema, schemas)
    if "enum" in schema:
        return schema["enum"][(n if choice is None else choice) % len(schema["enum"])]
    kind = schema.get("type")
    if kind == "object":
        return {name: _full(one, schemas, length, n, choice) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        count = min(schema.get("maxItems", 200), length)
        return [_full(schema["items"], schemas, length, n, choice) for n in range(count)]
    is_name = "examples" in schema and schema.get("maxLength", _UNBOUNDED) < 1000
    if kind == "string" and (is_name or "default" in schema):
        return text_for(schema)  # what is known here, so that what stands beside it is read
    if kind == "string":
        return sentences(min(length, schema.get("maxLength", _UNBOUNDED)), n)
    return fitting(schema, schemas)


def sentences(length: int, start: int = 0) -> str:
    """Prose of so many characters, with names and with words that stand for them; another one for another start."""
    prose = _prose(start % 100)
    return (prose * (length // len(prose) + 1))[:length]


@cache
def _prose(start: int) -> str:
    several = range(start, start + 60)
    of = ((_PEOPLE[n % len(_PEOPLE)], _TOWNS[n % len(_TOWNS)], n) for n in several)
    return "".join(
        f"And what did she say of it? {person} told the council of {town} that bridge {n} costs {n} crowns. "
        for person, town, n in of
    )


def mutations(schema: Schema, schemas: Schemas, option: int = 0) -> Iterator[Mutation]:
    """Everything that is done to a value that fits: at each place of it, and to the whole."""
    value = fitting(schema, schemas, option, whole=True)
    for path, there, at in _places(schema, schemas, value, option):
        for kind, wrong in WRONG.items():
            yield Mutation(kind, _put(value, path, wrong))
        for kind, sized in sizes(there):
            yield Mutation(kind, _put(value, path, sized))
        for kind, fields, refused in _fields(at, there):
            yield Mutation(kind, _put(value, path, fields), refused)


def sizes(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Values at the limits of a place, and beyond them."""
    kind = schema.get("type")
    if kind == "string":
        most = schema.get("maxLength", _UNBOUNDED)
        lengths = {"empty": 0, "the limit": most, "one over the limit": most + 1, "far over the limit": _FAR * most}
        yield from ((name, sentences(length)) for name, length in lengths.items())
    elif kind == "integer":
        least, most = schema.get("minimum", 0), schema.get("maximum", 2**31)
        numbers = {"the limit": most, "one over the limit": most + 1, "one below": least - 1, "64 bits": 2**63}
        yield from numbers.items()
    elif kind == "array":
        most = schema.get("maxItems", 200)
        counts = {"empty": 0, "one over the limit": most + 1, "far over the limit": _FAR * most}
        yield from ((name, [MARK] * count) for name, count in counts.items())


def _places(
    schema: Schema, schemas: Schemas, value: Any, option: int = 0
) -> Iterator[tuple[tuple[str | int, ...], Schema, Any]]:
    """Each place of a value, with its schema and what is there."""
    schema = resolved(schema, schemas, option)
    yield (), schema, value
    inner: list[tuple[str | int, Schema, Any]] = []
    if isinstance(value, dict):
        inner = [(name, schema["properties"][name], one) for name, one in value.items()]
    if isinstance(value, list):
        inner = [(0, schema["items"], value[0])]
    for step, there, one in inner:
        yield from (((step, *path), of, at) for path, of, at in _places(there, schemas, one))


def _fields(value: Any, schema: Schema) -> Iterator[tuple[str, Any, bool]]:
    """An object with a field too many, and with one too few."""
    if isinstance(value, dict):
        yield "an unknown field", {**value, "unknown": {"a": MARK}}, schema.get("additionalProperties") is False
        for name in schema.get("required", []):
            yield "a missing field", {key: one for key, one in value.items() if key != name}, True


def _put(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """A copy of ``value`` with ``new`` at one of its places."""
    if not path:
        return new
    value = at = copy.deepcopy(value)
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = new
    return value
