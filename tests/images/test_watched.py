"""The profile `observability` of docker-compose.yml, as far as its images are here."""

import os
from typing import Any, Final

import httpx
import pytest
from tests.town.contained import ContainerStack

from common.testing import eventually
from localstack.ports import HOST
from localstack.stack import Stack
from observability.containers import prometheus
from observability.observe.prometheus import targets_of

CONTAINED: Final = pytest.mark.skipif(
    os.environ.get("TEST_STACK") != "containers", reason="runs on containers: make compose-test"
)
_SECONDS: Final = 90


@CONTAINED
async def test_prometheus_sees_every_program_up_and_has_read_the_rules(stack: Stack) -> None:
    assert isinstance(stack, ContainerStack)
    if "prometheus" not in stack.watchers:
        pytest.skip("there is no image of Prometheus")
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{stack.watcher_port('prometheus')}", trust_env=False) as http:

        async def seen() -> bool:
            answer = await http.get("/api/v1/query", params={"query": 'up{job="barberpro"} == 1'})
            return len(answer.json()["data"]["result"]) == len(targets_of(prometheus()))

        await eventually(seen, _SECONDS)
        groups: list[dict[str, Any]] = (await http.get("/api/v1/rules")).json()["data"]["groups"]
        told = (await http.get("/api/v1/alertmanagers")).json()["data"]["activeAlertmanagers"]
    assert [rule for group in groups for rule in group["rules"] if rule["name"] == "Watchdog"]
    assert [one["url"] for one in told] == ["http://alertmanager:9093/api/v2/alerts"]


@CONTAINED
async def test_alertmanager_has_its_routes(stack: Stack) -> None:
    assert isinstance(stack, ContainerStack)
    if "alertmanager" not in stack.watchers:
        pytest.skip("there is no image of Alertmanager")
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://{HOST}:{stack.watcher_port('alertmanager')}/api/v2/receivers")
    assert [one["name"] for one in answer.json()] == ["pager", "tickets", "watchdog"]
