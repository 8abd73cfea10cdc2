"""docker-compose.yml and deploy/k8s say the same as the services do: their names, their settings, their ports."""

import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from common import provision
from localstack import containers
from localstack.certificates import ensure_signing_keys
from localstack.layout import CHECKOUT as ROOT
from localstack.ports import BASE
from localstack.scopes import all_roles, service_scopes
from localstack.secrets import Secrets

BASE_FOLDER: Final = ROOT / "deploy" / "k8s" / "base"
SERVICES: Final = tuple(sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml")))
PARTS: Final = ("api", "worker", "migrate")
API_PORT, WORKER_PORT = 8000, 8001
WATCHERS: Final = {"prometheus", "alertmanager", "grafana", "collector"}
OTHERS: Final = {"postgres", "kafka", "sandbox", "gateway", "keys", "provision"} | WATCHERS
# What an official image is told is not ours to check.
NOT_OURS: Final = {"postgres", "kafka"} | WATCHERS
_ASKED: Final = re.compile(r"\$\{([A-Z_]+):\?[^}]*\}")


@cache
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def environment(name: str) -> dict[str, str]:
    """What one program of docker-compose.yml is told, its env_file included."""
    program = compose()["services"][name]
    told: dict[str, str] = {}
    if "env_file" in program:
        lines = (ROOT / program["env_file"]).read_text().splitlines()
        told |= dict(line.split("=", 1) for line in lines)
    return told | {key: str(value) for key, value in program.get("environment", {}).items()}


def settings_of(prefix: str) -> type[BaseSettings]:
    """The class that reads the variables with this prefix."""
    own: dict[str, type[BaseSettings]] = {"gateway": containers.Settings, "provision": provision.Settings}
    if prefix in own:
        return own[prefix]
    found: type[BaseSettings] = importlib.import_module(f"{prefix}.settings").Settings
    return found


def fields(prefix: str, *, required: bool = False) -> set[str]:
    """The variables it reads, without the prefix."""
    declared = settings_of(prefix).model_fields.items()
    return {name.upper() for name, field in declared if field.is_required() or not required}


def secret_fields(prefix: str) -> set[str]:
    declared = settings_of(prefix).model_fields.items()
    return {name.upper() for name, field in declared if "SecretStr" in str(field.annotation)}


def kustomization(folder: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((BASE_FOLDER / folder / "kustomization.yaml").read_text())
    return read


def literals(folder: str) -> dict[str, str]:
    """The ConfigMap a folder generates."""
    (generated,) = kustomization(folder)["configMapGenerator"]
    return dict(line.split("=", 1) for line in generated["literals"])


def secrets(service: str, name: str) -> set[str]:
    """The names an ExternalSecret of a service gives."""
    (found,) = (one for one in documents(BASE_FOLDER / service / "secrets.yaml") if one["metadata"]["name"] == name)
    return {entry["secretKey"] for entry in found["spec"]["data"]}


def prefixes(service: str) -> Iterator[str]:
    for patch in kustomization(service)["patches"]:
        yield from (change["value"] for change in yaml.safe_load(patch["patch"]) if change["path"].endswith("/prefix"))


def containers_of(pod: dict[str, Any]) -> list[dict[str, Any]]:
    spec = pod["spec"]["template"]["spec"]
    return [*spec.get("initContainers", ()), *spec["containers"]]


def workloads() -> list[tuple[str, dict[str, Any]]]:
    """Every Deployment and Job of the base, each under the name of its file."""
    return [
        (str(path.relative_to(BASE_FOLDER)), one)
        for path in sorted(BASE_FOLDER.glob("*/*.yaml"))
        for one in documents(path)
        if one.get("kind") in ("Deployment", "Job")
    ]


def asking(secret: str) -> list[str]:
    """The files of those who are given a Secret."""
    given = ((path, each) for path, pod in workloads() for one in containers_of(pod) for each in one.get("envFrom", ()))
    return [path for path, source in given if source.get("secretRef") == {"name": secret}]


def test_every_service_has_its_three_programs_in_compose_and_there_are_no_others() -> None:
    assert set(compose()["services"]) == OTHERS | {f"{service}-{part}" for service in SERVICES for part in PARTS}


def test_every_service_and_the_gateway_have_a_folder_for_kubernetes_and_nobody_else_has() -> None:
    folders = {path.parent.name for path in BASE_FOLDER.glob("*/kustomization.yaml")} - {"template"}
    assert folders == {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    assert folders <= set(kustomization(".")["resources"])


@pytest.mark.parametrize("name", sorted(set(compose()["services"]) - NOT_OURS))
def test_compose_tells_a_program_what_its_settings_know_and_all_they_need(name: str) -> None:
    told = environment(name)
    if not told:  # the gateway has a file instead
        assert name == "gateway"
        return
    (prefix,) = {key.partition("_")[0] for key in told}
    names = {key.removeprefix(f"{prefix}_") for key in told}
    assert names <= fields(prefix.lower())
    assert fields(prefix.lower(), required=True) <= names


@pytest.mark.parametrize("service", SERVICES)
def test_the_owners_password_is_for_migrate_alone(service: str) -> None:
    owner = f"{service.upper()}_OWNER_DATABASES"
    assert [part for part in PARTS if owner in environment(f"{service}-{part}")] == ["migrate"]
    assert secrets(service, "owner") == {"OWNER_DATABASES"}
    assert asking("owner") == ["template/migrate.yaml"]


@pytest.mark.parametrize("name", sorted(set(compose()["services"]) - NOT_OURS))
def test_no_secret_stands_in_compose(name: str) -> None:
    for key, value in environment(name).items():
        prefix, _, field = key.partition("_")
        assert _ASKED.search(value) or field not in secret_fields(prefix.lower()), key


def test_the_generator_writes_what_compose_asks_for_and_nothing_else() -> None:
    asked = set(_ASKED.findall((ROOT / "docker-compose.yml").read_text()))
    assert asked == set(variables())


@cache
def variables() -> dict[str, str]:
    scopes = service_scopes(("barber", "psychology"))
    return containers.compose_variables(Secrets().with_roles(all_roles(scopes)), scopes)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_accepts_what_compose_tells_it(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        key: _ASKED.sub(lambda match: variables()[match[1]], value)
        for key, value in environment(f"{service}-migrate").items()
    }
    if service == "identity":
        told["IDENTITY_SIGNING_KEYS_DIR"] = str(tmp_path)
        ensure_signing_keys(tmp_path, [told["IDENTITY_SIGNING_KEY_ID"]])
    for key, value in told.items():
        monkeypatch.setenv(key, value)
    read: Any = settings_of(service)()
    assert (read.api_port, read.worker_port, read.host) == (API_PORT, WORKER_PORT, "0.0.0.0")  # noqa: S104 - a container's
    assert isinstance(next(iter(read.owner_databases.values())), SecretStr)


@pytest.mark.parametrize("service", SERVICES)
def test_kubernetes_tells_a_service_what_its_settings_know_and_all_they_need(service: str) -> None:
    plain, hidden = set(literals(".")) | set(literals(service)), secrets(service, "runtime")
    assert plain | hidden | secrets(service, "owner") <= fields(service)
    assert fields(service, required=True) <= plain | hidden
    assert not secret_fields(service) & plain
    assert ("BANK_TOKEN" in hidden) == ("BANK_URL" in plain | hidden), "a token without its address pays nobody"
    # One for each of what is the same for all, what is its own and what is secret, by day and at night; the
    # pooled DSNs and the owner's.
    assert list(prefixes(service)) == [f"{service.upper()}_"] * (3 + 3 + 2)


def test_contact_keys_are_given_to_those_alone_who_open_contacts() -> None:
    entitled = [one for one in SERVICES if one in {"identity", "notifications", "payments"}]
    assert [one for one in SERVICES if f"{one.upper()}_CONTACT_KEYS" in environment(f"{one}-api")] == entitled
    assert [one for one in SERVICES if "CONTACT_KEYS" in secrets(one, "runtime")] == entitled


def test_a_fresh_installation_may_be_given_its_first_operator() -> None:
    needed = {"FIRST_OPERATOR_EMAIL", "FIRST_OPERATOR_PASSWORD"}
    assert needed <= {name.removeprefix("IDENTITY_") for name in environment("identity-api")}
    assert secrets("identity", "first-operator") == needed <= fields("identity")
    # Where the store has none, the pod starts without: hence a Secret of its own, and only the API asks for it.
    (asking,) = (
        (patch["target"], change["value"])
        for patch in kustomization("identity")["patches"]
        for change in yaml.safe_load(patch["patch"])
        if change["path"].endswith("/envFrom/-")
    )
    source = {"prefix": "IDENTITY_", "secretRef": {"name": "first-operator", "optional": True}}
    assert asking == ({"kind": "Deployment", "name": "api"}, source)


def test_kubernetes_tells_the_gateway_what_its_settings_know_and_all_they_need() -> None:
    ((_, edge),) = ((path, one) for path, one in workloads() if path == "gateway/edge.yaml")
    render = containers_of(edge)[0]
    plain = {variable["name"].removeprefix("GATEWAY_") for variable in render["env"]}
    assert plain <= set(literals("."))
    assert plain | set(literals("gateway")) <= fields("gateway")
    assert fields("gateway", required=True) <= plain | set(literals("gateway"))


def test_overlays_and_components_change_only_what_the_base_says_or_the_settings_know() -> None:
    for path in sorted((ROOT / "deploy" / "k8s").glob("[oc]*/**/kustomization.yaml")):
        for generated in yaml.safe_load(path.read_text()).get("configMapGenerator", ()):
            names = {line.partition("=")[0] for line in generated.get("literals", ())}
            service, _, own = generated["name"].rpartition("-")
            assert names <= (fields(service) if own == "settings" else set(literals("."))), path


def test_every_program_listens_where_its_callers_and_its_probes_look() -> None:
    health = (ROOT / "deploy" / "images" / "health.py").read_text()
    assert f"PORTS: Final = ({API_PORT}, {WORKER_PORT})" in health
    assert f"EXPOSE {API_PORT} {WORKER_PORT}\n" in (ROOT / "Dockerfile").read_text()
    assert (literals(".")["API_PORT"], literals(".")["WORKER_PORT"]) == (str(API_PORT), str(WORKER_PORT))
    assert environment("sandbox")["SANDBOX_PORT"] == str(API_PORT)
    listened = {"template/api.yaml": [API_PORT], "template/worker.yaml": [WORKER_PORT], "template/migrate.yaml": []}
    listened["gateway/edge.yaml"] = [int(literals("gateway")[f"{name}_PORT"]) for name in ("HTTP", "HTTPS", "STATS")]
    for path, pod in workloads():
        ports = [port["containerPort"] for one in containers_of(pod) for port in one.get("ports", ())]
        assert ports == listened[path], path
    (service,) = (one for one in documents(BASE_FOLDER / "template" / "api.yaml") if one["kind"] == "Service")
    assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [(API_PORT, "http")]


def test_every_address_of_an_api_carries_its_port() -> None:
    for path in (ROOT / "docker-compose.yml", *ROOT.glob("deploy/compose/*.env"), *BASE_FOLDER.rglob("*.yaml")):
        for host, port in re.findall(r"([a-z{}]+-api|sandbox):(\d+)", path.read_text()):
            assert int(port) == API_PORT, f"{path}: {host}:{port}"
    assert environment("notifications-worker")["NOTIFICATIONS_SMTP_PORT"] == environment("sandbox")["SANDBOX_SMTP_PORT"]


def test_a_policy_opens_every_port_of_its_pods_and_no_other() -> None:
    opened = {"template/access.yaml": {API_PORT, WORKER_PORT}, "gateway/access.yaml": {8080, 8443, 8404}}
    for path, expected in opened.items():
        policies = [one for one in documents(BASE_FOLDER / path) if one["kind"] == "NetworkPolicy"]
        rules = [rule for one in policies for rule in one["spec"].get("ingress", ())]
        assert {port["port"] for rule in rules for port in rule["ports"]} == expected


def test_only_the_gateway_and_the_sandbox_are_published_where_the_native_stack_has_them() -> None:
    core = {name: one for name, one in compose()["services"].items() if name not in WATCHERS}
    published = {name: one["ports"] for name, one in core.items() if "ports" in one}
    listens = literals("gateway")["HTTP_PORT"]
    assert published == {
        "gateway": [f"${{GATEWAY_PORT:-{BASE['gateway']}}}:{listens}"],
        "sandbox": [f"${{SANDBOX_PORT:-{BASE['sandbox']}}}:{API_PORT}"],
    }
    assert containers.Settings.model_fields["http_port"].default == int(listens)
    assert environment("sandbox")["SANDBOX_PUBLIC_URL"] == f"http://localhost:{BASE['sandbox']}"
    assert environment("booking-api")["BOOKING_PUBLIC_URL"] == f"http://localhost:{BASE['gateway']}"


def test_nothing_of_ours_runs_as_root_or_writes_to_its_image() -> None:
    user = re.search(r"^USER (\d+):\1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user is not None
    assert user[1] != "0"
    assert compose()["services"]["gateway"]["user"] == f"{user[1]}:{user[1]}"
    assert {name for name, one in compose()["services"].items() if not one.get("read_only")} == NOT_OURS - WATCHERS
    for path, pod in workloads():
        assert pod["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == int(user[1]), path
        for one in containers_of(pod):
            assert one["securityContext"]["readOnlyRootFilesystem"], path
            assert "memory" in one["resources"]["limits"], path
            assert "cpu" not in one["resources"]["limits"], path


def test_health_targets_name_every_service_in_both() -> None:
    for told in (environment("analytics-api")["ANALYTICS_HEALTH_TARGETS"], literals("analytics")["HEALTH_TARGETS"]):
        assert json.loads(told) == {service: f"http://{service}-api:{API_PORT}" for service in SERVICES}
