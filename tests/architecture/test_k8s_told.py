"""What a program on Kubernetes is told is there: files where its settings look, secrets that the README has."""

import copy
import re
import subprocess
from functools import cache
from typing import Any, Final

from deploy.k8s.tools.layout import K8S, ROOT, containers, name_of, objects, pods
from tests.architecture.rendering import needs_kubectl

pytestmark = needs_kubectl
_IN_THE_IMAGE: Final = "/app/"


@cache
def production() -> list[dict[str, Any]]:
    command = ["kubectl", "kustomize", str(ROOT / K8S / "overlays" / "production")]
    return objects(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def paths_told(container: dict[str, Any], maps: dict[str, dict[str, str]]) -> dict[str, str]:
    """The settings of a container that are files or folders."""
    names = [each["configMapRef"]["name"] for each in container.get("envFrom", ()) if "configMapRef" in each]
    told = {key: value for name in names for key, value in maps[name].items()}
    return {key: value for key, value in told.items() if key.endswith(("_DIR", "_FILE"))}


def mounted_nowhere(manifests: list[dict[str, Any]]) -> list[str]:
    maps = {one["metadata"]["name"]: one["data"] for one in manifests if one["kind"] == "ConfigMap"}
    return [
        f"{name_of(owner)}: {setting}"
        for owner, spec in pods(manifests)
        for container in containers(spec)
        for setting, path in paths_told(container, maps).items()
        # An API calls no broker, and so looks for no authority of theirs.
        if (container["name"], setting) != ("api", "KAFKA_CA_FILE")
        and not path.startswith((_IN_THE_IMAGE, *(each["mountPath"] for each in container.get("volumeMounts", ()))))
    ]


def test_every_file_and_folder_that_a_program_is_told_of_is_mounted_where_it_looks() -> None:
    assert {owner["kind"] for owner, _ in pods(production())} >= {"Deployment", "Job", "CronJob"}
    assert mounted_nowhere(production()) == []


def test_a_nightly_command_without_the_keys_that_its_settings_ask_for_is_caught() -> None:
    manifests = copy.deepcopy(production())
    (spec,) = (spec for owner, spec in pods(manifests) if name_of(owner) == "CronJob/identity-audit")
    (container,) = containers(spec)
    container["volumeMounts"] = [each for each in container["volumeMounts"] if each["name"] != "signing-keys"]
    assert mounted_nowhere(manifests) == ["CronJob/identity-audit: SIGNING_KEYS_DIR"]


def test_the_readme_names_every_secret_that_the_store_must_hold() -> None:
    readme = (ROOT / K8S / "README.md").read_text()
    asked = {
        (entry["remoteRef"]["key"], entry["remoteRef"]["property"])
        for one in production()
        if one["kind"] == "ExternalSecret"
        for entry in one["spec"].get("data", ())
        if "property" in entry["remoteRef"]
    }
    rows = [line for line in readme.splitlines() if line.startswith("| `barberpro/")]
    missing = [(key, name) for key, name in sorted(asked) if not any(names(row, key, name) for row in rows)]
    assert asked
    assert missing == []


def names(row: str, key: str, name: str) -> bool:
    """Rows of services write `<service>`, and of three providers the last parts of their keys alone."""
    keys, told = row.split("|")[1:3]
    tail = key.removeprefix("barberpro/")
    return f"`{name}`" in told and bool(re.search(rf"`(barberpro/)?({re.escape(tail)}|<service>)`", keys))
