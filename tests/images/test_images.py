"""What `make images` built: a user of its own, a health check, its own dependencies and no others, and their list."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest
from deploy.images.build import SBOM_DIGEST, SBOM_PATH, Image, images, sbom
from deploy.images.engine import ADVICE, Engine, find
from deploy.images.pinned import OURS, locked
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROBE: Final = """
import json, os, platform
from importlib.metadata import distributions
def refused(path):
    try:
        open(path, "w").close()
    except OSError:
        return True
found = {one.name: {"version": one.version, "requires": one.requires or []} for one in distributions()}
print(json.dumps({"uid": os.getuid(), "python": platform.python_version(), "installed": found,
    "read_only": refused("/app/x") and refused("/opt/venv/x") and not refused("/tmp/x")}))
"""
READ_ONLY: Final = ("--rm", "--read-only", "--tmpfs=/tmp", "--network=none", "--cap-drop=ALL")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is said inside a running container, and of its image outside."""

    image: Image
    engine: Engine
    config: dict[str, Any]
    inside: dict[str, Any]

    @property
    def versions(self) -> dict[str, str]:
        """Name -> version of what is installed."""
        return {canonicalize_name(name): one["version"] for name, one in self.inside["installed"].items()}


@pytest.fixture(params=images(), ids=lambda image: image.name)
def seen(request: pytest.FixtureRequest) -> Seen:
    """Asked once for all."""
    return _seen(request.param.name)


@cache
def _seen(name: str) -> Seen:
    engine = find()
    if engine is None:
        pytest.skip(ADVICE)
    image = next(one for one in images() if one.name == name)
    known = engine.image(image.tag)
    if known is None:
        pytest.skip(f"{image.tag} is not built: make images")
    told = engine.ask("run", *READ_ONLY, "--entrypoint=python", image.tag, "-c", PROBE)
    return Seen(image, engine, known["Config"], json.loads(told))


def test_an_image_runs_as_nobody_in_particular_on_a_root_that_it_cannot_write(seen: Seen) -> None:
    assert seen.config["User"] == "10001:10001"
    assert (seen.inside["uid"], seen.inside["read_only"]) == (10001, True)


def test_the_program_of_an_image_starts_on_a_read_only_root(seen: Seen) -> None:
    command = [seen.engine.docker, "run", *READ_ONLY, seen.image.tag, "--help"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    # The sandbox takes no arguments, and says what it lacks.
    assert "usage:" in ended.stdout or "missing setting: SANDBOX_DATA_FILE" in ended.stderr


def test_an_image_has_a_health_check(seen: Seen) -> None:
    assert seen.config["Healthcheck"]["Test"] == ["CMD", "python", "/usr/local/bin/health"]


def test_an_image_holds_what_its_member_needs_and_nothing_of_another(seen: Seen) -> None:
    needed = closure(seen)
    assert set(seen.versions) == needed
    assert ("mercadopago" in needed) == (seen.image.name == "payments")


def test_the_sbom_lists_what_is_installed_as_the_lock_has_it(seen: Seen) -> None:
    text = sbom(seen.engine, seen.image.tag, seen.config["Labels"][SBOM_PATH])
    assert seen.config["Labels"][SBOM_DIGEST] == f"sha256:{hashlib.sha256(text).hexdigest()}"
    listed = {canonicalize_name(one["name"]): one["version"] for one in json.loads(text)["components"]}
    assert listed == seen.versions
    pins = {name: block.partition("==")[2].split()[0] for name, block in locked().items()}
    assert {name: pins.get(name) for name in listed if not name.startswith(OURS)} == {
        name: version for name, version in listed.items() if not name.startswith(OURS)
    }


def test_the_closure_leaves_out_what_nobody_asks_for() -> None:
    inside = {
        "python": "3.11.2",
        "installed": {
            "barberpro-x": _asks("uvicorn[standard]"),
            "uvicorn": _asks("h11", "uvloop; extra == 'standard'", "old; python_version < '3'"),
            "h11": _asks(),
            "uvloop": _asks(),
            "mercadopago": _asks(),
        },
    }
    assert reached(inside, "barberpro-x") == {"barberpro-x", "uvicorn", "h11", "uvloop"}


def closure(seen: Seen) -> set[str]:
    """The member and all it needs, by what the installed packages say of themselves."""
    name = f"{OURS}{seen.image.member.rpartition('/')[2]}"
    return reached(seen.inside, {f"{OURS}local": f"{OURS}localstack"}.get(name, name))


def reached(inside: dict[str, Any], root: str) -> set[str]:
    """Everything that `root` leads to among what is installed."""
    installed = {canonicalize_name(name): one["requires"] for name, one in inside["installed"].items()}
    short = ".".join(inside["python"].split(".")[:2])
    environment = default_environment() | {"python_version": short, "python_full_version": inside["python"]}
    found: set[tuple[str, frozenset[str]]] = set()
    left = [(canonicalize_name(root), frozenset[str]())]
    while left:
        name, extras = step = left.pop()
        found.add(step)
        for one in map(Requirement, installed[name]):
            steps = (canonicalize_name(one.name), frozenset(one.extras))
            if steps not in found and _applies(one, environment, extras):
                left.append(steps)
    return {name for name, _ in found}


def _applies(one: Requirement, environment: dict[str, str], extras: frozenset[str]) -> bool:
    return one.marker is None or any(one.marker.evaluate(environment | {"extra": extra}) for extra in ("", *extras))


def _asks(*requirements: str) -> dict[str, Sequence[str] | str]:
    return {"version": "1", "requires": requirements}
