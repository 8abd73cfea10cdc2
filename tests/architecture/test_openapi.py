"""What each service's OpenAPI document says of refusals is what they are: problems."""

from http import HTTPStatus

import pytest
from tests.security.operations import document, operations

from localstack.programs import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_that_a_document_names_is_a_problem_that_it_describes(service: str) -> None:
    parts = document(service)["components"]
    own = [one for one in operations() if one.service == service]
    named = {
        answer.get("$ref", f"{status} of {one.name}").removeprefix("#/components/responses/")
        for one in own
        for status, answer in one.spec["responses"].items()
        if int(status) >= HTTPStatus.BAD_REQUEST
    }
    assert named == parts["responses"].keys()
    assert {kind for answer in parts["responses"].values() for kind in answer["content"]} == {
        "application/problem+json"
    }
    assert "HTTPValidationError" not in parts["schemas"]
