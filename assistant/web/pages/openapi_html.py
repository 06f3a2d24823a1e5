"""Turns the OpenAPI document into what the API page displays. Produces no HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Typed = tuple[tuple[str, bool], ...]
"""A type in words, as pieces: the text, and whether it names a schema of the document."""


@dataclass(frozen=True)
class Field:
    """A parameter, a schema's property, a body or a response: its name, type and description."""

    name: str
    types: Typed
    about: str = ""
    is_needed: bool = False


@dataclass(frozen=True)
class Operation:
    """One method of one path. ``examples`` are bodies, as JSON."""

    method: str
    path: str
    about: str
    parameters: tuple[Field, ...]
    bodies: tuple[Field, ...]
    examples: tuple[str, ...]
    answers: tuple[Field, ...]


@dataclass(frozen=True)
class Shape:
    """A named schema of requests or responses."""

    name: str
    about: str
    fields: tuple[Field, ...]


def operations(document: Schema) -> list[Operation]:
    return [
        _operation(method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def shapes(document: Schema) -> list[Shape]:
    found = document["components"]["schemas"].items()
    return [Shape(name, schema.get("description", ""), _fields(schema)) for name, schema in found]


def typed(schema: Schema) -> Typed:
    """A schema's type, in words."""
    if "$ref" in schema:
        return ((schema["$ref"].rsplit("/", 1)[1], True),)
    if several := schema.get("anyOf") or schema.get("oneOf"):
        pieces = [piece for one in several for piece in ((" or ", False), *typed(one))]
        return tuple(pieces[1:])
    if schema.get("type") == "array":
        return (("list of ", False), *typed(schema.get("items", {})))
    if "enum" in schema:
        return ((", ".join(map(str, schema["enum"])), False),)
    plain = schema.get("const") or schema.get("format") or schema.get("type") or "anything"
    return (("nothing" if plain == "null" else str(plain), False),)


def _operation(method: str, path: str, operation: Schema) -> Operation:
    body = operation.get("requestBody", {"content": {}})
    return Operation(
        method,
        path,
        operation["description"],
        tuple(_parameter(one) for one in operation.get("parameters", ())),
        tuple(Field(kind, typed(content["schema"])) for kind, content in body["content"].items()),
        tuple(_examples(body["content"])),
        tuple(_answer(status, response) for status, response in operation["responses"].items()),
    )


def _parameter(one: Schema) -> Field:
    types = ((f"{one['in']}, ", False), *typed(one["schema"]))
    return Field(one["name"], types, one.get("description", ""), one.get("required", False))


def _answer(status: str, response: Schema) -> Field:
    pieces: list[tuple[str, bool]] = []
    for kind, content in response.get("content", {}).items():
        pieces += [("; " if pieces else "", False), (f"{kind} ", False), *typed(content.get("schema", {}))]
    return Field(status, tuple(pieces), response["description"])


def _fields(schema: Schema) -> tuple[Field, ...]:
    needed = schema.get("required", ())
    return tuple(
        Field(name, typed(inner), inner.get("description", ""), name in needed)
        for name, inner in schema.get("properties", {}).items()
    )


def _examples(contents: Schema) -> Iterator[str]:
    for content in contents.values():
        for example in content.get("examples", {}).values():
            yield json.dumps(example["value"], indent=2, ensure_ascii=False)
