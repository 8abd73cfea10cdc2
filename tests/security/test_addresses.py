"""Server-side request forgery: no request may say where a service should call, so there is nothing to forge."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from tests.security.operations import operations, schemas_that_come_in

from localstack.programs import SERVICES

ADDRESS: Final = {
    *("url", "uri", "link", "href", "callback", "webhook", "redirect", "site"),
    *("host", "hostname", "endpoint", "domain", "origin", "proxy", "avatar", "image"),
}
WORD: Final = re.compile(r"[A-Z]?[a-z]+")
FORMATS: Final = {"uri", "uri-reference", "iri", "url", "hostname", "ipv4", "ipv6"}


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_has_a_field_for_an_address(service: str) -> None:
    bodies = [part for name, one in schemas_that_come_in(service).items() for part in fields(name, one)]
    parameters = [
        (f"{operation.name} {one['name']}", one["schema"])
        for operation in operations()
        if operation.service == service
        for one in operation.spec.get("parameters", ())
    ]
    assert [name for name, schema in [*bodies, *parameters] if is_an_address(name, schema)] == []


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("callbackUrl", {"type": "string"}),
        ("picture", {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]}),
    ],
)
def test_a_planted_field_for_an_address_is_caught(name: str, schema: dict[str, Any]) -> None:
    ((found, inner),) = fields("Planted", {"properties": {name: schema}})
    assert is_an_address(found, inner)


def fields(name: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each property with its schema."""
    for field, inner in schema.get("properties", {}).items():
        yield f"{name} {field}", inner


def is_an_address(name: str, schema: Mapping[str, Any]) -> bool:
    """By a word of the field's name, or by its format."""
    words = {word.lower() for word in WORD.findall(name.rpartition(" ")[2])}
    formats = {schema.get("format"), *(one.get("format") for one in schema.get("anyOf", ()))}
    return bool(words & ADDRESS or formats & FORMATS)
