"""docker-compose.yml's two profiles, what makes the product and what watches it, and the images of both."""

import re
import subprocess
import sys
from typing import Final

import pytest
from deploy.images.build import compose, images
from deploy.images.pinned import main
from tests.images.stand_ins import FOLDER, STAND_INS, named

from localstack.layout import CHECKOUT as ROOT
from localstack.programs import SERVICES

WATCHERS: Final = {"prometheus", "alertmanager", "grafana", "collector"}
WITHOUT_PACKAGES: Final = {"grafana/grafana", "otel/opentelemetry-collector-contrib"}
"""Debian has none of these: they are left out where they cannot be pulled."""


def test_what_only_watches_is_the_profile_observability_and_the_product_runs_without_a_profile() -> None:
    profiles = {name: one["profiles"] for name, one in compose()["services"].items() if "profiles" in one}
    assert profiles == {name: ["observability"] for name in WATCHERS}
    for name, one in compose()["services"].items():
        assert not WATCHERS & set(one.get("depends_on", ())), name
        assert name not in WATCHERS or all(port.startswith("127.0.0.1:") for port in one.get("ports", ())), name


@pytest.mark.parametrize("service", SERVICES)
def test_spans_go_to_the_collector_where_one_is_named_and_nowhere_else(service: str) -> None:
    told = compose()["services"][f"{service}-api"]["environment"]
    assert told[f"{service.upper()}_OTLP_ENDPOINT"] == "${OTLP_ENDPOINT:-}"


def test_every_program_that_stays_up_says_whether_it_is_well() -> None:
    without = {"collector"}  # its image has no program that could ask
    for name, one in compose()["services"].items():
        stays = not name.endswith("-migrate") and name not in {"keys", "provision"}
        assert ("test" in one.get("healthcheck", {})) == (stays and name not in without), name


def test_every_image_of_ours_is_built_once() -> None:
    assert sorted(one.name for one in images()) == sorted([*SERVICES, "sandbox", "tools"])


def test_every_official_image_has_a_stand_in_or_is_known_to_have_none() -> None:
    official = {tag.partition(":")[0] for tag in named(["observability"])}
    assert official == STAND_INS.keys() | WITHOUT_PACKAGES
    assert {one.folder for one in STAND_INS.values()} == {path.parent.name for path in FOLDER.glob("*/Dockerfile")}


def test_an_extra_that_one_member_asks_for_is_not_lost_where_another_does_without() -> None:
    extras = [line.partition("==")[0] for line in main("requirements", "deploy/local") if line.startswith("aiokafka")]
    assert extras == ["aiokafka[lz4]"]


@pytest.mark.parametrize("member", [*(f"services/{service}" for service in SERVICES), "sandbox", "deploy/local"])
def test_the_image_of_a_member_finds_all_it_asks_for_in_the_lock(member: str) -> None:
    command = [sys.executable, "deploy/images/pinned.py", "requirements", member]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==", ended.stdout, re.MULTILINE)
    assert len(pinned) > 5
    assert ended.stdout.count("--hash=sha256:") >= len(pinned)
    assert not [line for line in pinned if line.startswith(("pytest", "mypy", "ruff"))]
