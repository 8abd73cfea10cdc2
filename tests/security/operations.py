"""Every operation of every service, as its OpenAPI document has it; what the tests here are driven by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

from common.openapi import Documented
from localstack.programs import SERVICES

METHODS: Final = ("get", "post", "put", "patch", "delete")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `path` has its parameters in braces."""

    service: str
    method: str
    path: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        """`GET /api/v1/me`."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in its path."""
        return tuple(one["name"] for one in self.spec.get("parameters", ()) if one["in"] == "path")

    @property
    def body(self) -> str | None:
        """The name of its JSON body's schema; None where there is none, or one that the schema says nothing of."""
        content = self.spec.get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        return str(reference).rpartition("/")[2] or None

    @property
    def takes_no_body(self) -> bool:
        """Whether it may be asked without one."""
        return not self.spec.get("requestBody", {}).get("required", False)

    def url(self, ids: Mapping[str, str]) -> str:
        """The path with these ids; KeyError for a parameter that has none."""
        path = self.path
        for name in self.parameters:
            path = path.replace(f"{{{name}}}", ids[name])
        return path


@cache
def document(service: str) -> Json:
    """A service's OpenAPI document, of its routes alone: nothing behind them runs."""
    known = import_module(f"{service}.app").SERVICE
    app = Documented(known.refusals)
    for router in known.routers:
        app.include_router(router)
    return app.openapi()


def hidden() -> set[str]:
    """What the documents do not tell of."""
    routes = [
        route
        for service in SERVICES
        for router in import_module(f"{service}.app").SERVICE.routers
        for route in router.routes
    ]
    return {f"{method} {one.path}" for one in routes if not one.include_in_schema for method in one.methods}


def operations() -> Sequence[Operation]:
    """All of them."""
    return [
        Operation(service, method.upper(), path, methods[method])
        for service in SERVICES
        for path, methods in document(service)["paths"].items()
        for method in METHODS
        if method in methods
    ]


def schemas_that_come_in(service: str) -> Mapping[str, Json]:
    """Name -> schema of everything a request's body may hold, those inside others too."""
    known = document(service).get("components", {}).get("schemas", {})
    found: dict[str, Json] = {}
    waiting = [one.body for one in operations() if one.service == service and one.body]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = known[name]
            waiting += [reference for reference in _references(known[name]) if reference in known]
    return found


def _references(schema: object) -> list[str]:
    if isinstance(schema, list):
        return [name for part in schema for name in _references(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
    return own + [name for part in schema.values() for name in _references(part)]
