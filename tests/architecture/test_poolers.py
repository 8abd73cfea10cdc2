"""Who is told of poolers and replicas: the APIs."""

import pytest
from tests.architecture.test_deploy import BASE_FOLDER, SERVICES, asking, documents, fields


@pytest.mark.parametrize("service", SERVICES)
def test_poolers_and_replicas_are_for_the_api_alone(service: str) -> None:
    (given,) = (one for one in documents(BASE_FOLDER / service / "secrets.yaml") if one["metadata"]["name"] == "pooled")
    names = set(given["spec"]["target"]["template"]["data"])
    assert "POOLED_DATABASES" in names
    assert names <= {"POOLED_DATABASES", "REPLICA_DATABASES"} & fields(service)
    assert asking("pooled") == ["template/api.yaml"]
