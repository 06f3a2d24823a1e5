"""The app's own tables, as they are: its routes, Gradio's included, the OpenAPI document, and the steps of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.fuzz_values import Schema, Schemas, resolved

_NOTHING, _LISTS = {"state"}, {"chatbot", "checkboxgroup"}


@dataclass(frozen=True)
class Operation:
    """A method of an address in the OpenAPI document: its parameters, and the schema of its JSON body if it takes one.

    ``parameters`` are those of the path, the query and the headers.
    """

    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Schema | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Input:
    """What a step of the page takes at one place: ``text``, ``list`` or ``nothing``; ``value``: how it begins."""

    kind: str
    value: Any

    def fits(self, value: Any) -> bool:
        """Whether the page itself might send it."""
        if value is None:
            return True
        if self.kind == "list":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        return self.kind == "text" and isinstance(value, str)


@dataclass(frozen=True)
class Step:
    """An event of the page that Gradio knows, by its number. ``runs``: something of ours runs then."""

    number: int
    name: str
    inputs: tuple[Input, ...]
    runs: bool = True

    def fits(self, data: Any) -> bool:
        """Whether the page itself might send it as its inputs."""
        is_whole = isinstance(data, list) and len(data) == len(self.inputs)
        return is_whole and all(one.fits(value) for one, value in zip(self.inputs, data, strict=True))


@dataclass(frozen=True)
class Tables:
    """All that can be asked for."""

    routes: tuple[str, ...]
    operations: tuple[Operation, ...]
    schemas: Schemas
    steps: tuple[Step, ...]


def routes_of(app: Any, before: str = "") -> Iterator[str]:
    """Each path there is: through middleware, mounts and included routers."""
    while not hasattr(app, "routes") and hasattr(app, "app"):
        app = app.app
    for route in getattr(app, "routes", []):
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included, before + route.include_context.prefix)
            continue
        path = before + getattr(route, "path", "")
        yield path
        if hasattr(route, "app") and not hasattr(route, "endpoint"):
            yield from routes_of(route, path)


def routes_of_a_new_app(home: Path, auth: str) -> tuple[str, ...]:
    """The routes of an app put together here, over an empty index in ``home``."""
    from assistant.assistant import Assistant
    from assistant.factory import open_desk
    from assistant.settings import Settings, load_settings
    from assistant.web.create_app import create_app
    from indexes import Index

    load_settings()  # nothing is asked of a hub, or counted elsewhere, in this process either
    settings = Settings.model_validate({"home": home, "auth": auth})
    with Index(home) as index, open_desk(settings) as desk:
        return tuple(sorted(set(routes_of(create_app(Assistant(index), desk, settings, demo=True)))))


def operations_of(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Those of an OpenAPI document."""
    return tuple(
        Operation(method.upper(), path, _parameters(one, document["components"]["schemas"]), _json_body(one))
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    )


def _parameters(operation: Mapping[str, Any], schemas: Schemas) -> tuple[Mapping[str, Any], ...]:
    """With a schema of their own each; of a list, that of its items."""
    plain = ((one, resolved(one["schema"], schemas)) for one in operation.get("parameters", ()))
    return tuple({**one, "schema": resolved(schema.get("items", schema), schemas)} for one, schema in plain)


def _json_body(operation: Mapping[str, Any]) -> Schema | None:
    content = operation.get("requestBody", {}).get("content", {})
    schema: Schema | None = content.get("application/json", {}).get("schema")
    return schema


def steps_of(config: Mapping[str, Any]) -> tuple[Step, ...]:
    """Those of the chat page, out of Gradio's ``/config``."""
    components = {one["id"]: one for one in config["components"]}
    return tuple(
        Step(one["id"], str(one["api_name"]), tuple(_input(components[at]) for at in one["inputs"]), one["backend_fn"])
        for one in config["dependencies"]
    )


def _input(component: Mapping[str, Any]) -> Input:
    kind = component["type"]
    value = component.get("props", {}).get("value")
    if kind in _NOTHING:
        return Input("nothing", None)
    return Input("list", value or []) if kind in _LISTS else Input("text", value)
