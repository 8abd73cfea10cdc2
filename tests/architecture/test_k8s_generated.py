"""What is written for Kubernetes from the code is what the code says; a vertical's file alone makes an overlay."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from deploy.k8s.tools.generate import generated
from deploy.k8s.tools.layout import K8S, ROOT, SERVICES, objects, platform, topics_read
from tests.architecture.rendering import needs_kubectl

from analytics.domain.scaling import GUESSED, SHARE_USED
from common import provision
from contracts.registry import TOPICS
from observability.boards import boards

COMPONENTS: Final = ROOT / K8S / "components"


def read(name: str) -> list[dict[str, Any]]:
    return objects((COMPONENTS / name).read_text())


def rendered(root: Path, name: str) -> list[dict[str, Any]]:
    """What `make k8s-check` rendered there."""
    return objects((root / ".local" / "k8s" / f"{name}.yaml").read_text())


def allowed(service: str, operation: str) -> set[str]:
    """The topics on which a service's user may do something."""
    (user,) = (one for one in read("strimzi/users.yaml") if one["metadata"]["name"] == service)
    acls = user["spec"]["authorization"]["acls"]
    return {
        acl["resource"]["name"] for acl in acls if acl["resource"]["type"] == "topic" and operation in acl["operations"]
    }


@pytest.mark.parametrize("path", generated(), ids=str)
def test_what_is_generated_is_what_the_code_says(path: Path) -> None:
    assert (ROOT / path).read_text() == generated()[path], "make k8s-generate"


def test_there_is_a_topic_for_each_of_the_registry_kept_as_it_says() -> None:
    made = {one["spec"]["topicName"]: one["spec"]["config"]["cleanup.policy"] for one in read("strimzi/topics.yaml")}
    assert made == {topic.name: topic.cleanup.value for topic in TOPICS}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_write_its_own_facts_and_read_what_it_subscribes_to_and_no_other(service: str) -> None:
    own = {topic.name for topic in TOPICS if topic.owner == service}
    assert allowed(service, "Write") == own | {"audit.sealed"}
    assert allowed(service, "Read") == {*topics_read(service), "audit.sealed"}
    assert not any(allowed(service, operation) for operation in ("Create", "Delete", "Alter", "AlterConfigs", "All"))


def test_contacts_are_read_by_those_alone_who_are_entitled() -> None:
    entitled = {service for service in SERVICES if "account.contact" in topics_read(service)}
    assert {service for service in SERVICES if "account.contact" in allowed(service, "Read")} == entitled
    assert entitled <= {"notifications", "booking", "payments"}


def test_every_service_has_a_database_with_the_extensions_that_provision_makes() -> None:
    (cluster, database) = read("cnpg/template/cluster.yaml")
    assert [one["name"] for one in database["spec"]["extensions"]] == list(provision.EXTENSIONS)
    folders = {path.parent.name for path in (COMPONENTS / "cnpg").glob("*/kustomization.yaml")} - {"template"}
    assert (
        folders
        == set(SERVICES)
        == set(yaml.safe_load((COMPONENTS / "cnpg/kustomization.yaml").read_text())["resources"])
    )
    assert cluster["spec"]["imageName"].split(":")[1].split("-")[0] in (ROOT / "docker-compose.yml").read_text()


def test_the_job_that_makes_roles_is_told_all_that_it_needs() -> None:
    job, secret, _ = read("cnpg/template/provision.yaml")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    told = {one["name"] for one in container["env"]} | {
        f"PROVISION_{one['secretKey']}" for one in secret["spec"]["data"]
    }
    assert {f"PROVISION_{name.upper()}" for name in provision.Settings.model_fields} <= told


def test_kafka_is_of_the_version_that_the_local_stack_runs() -> None:
    (kafka,) = read("strimzi/kafka.yaml")
    assert f"apache/kafka:{kafka['spec']['kafka']['version']}" in (ROOT / "docker-compose.yml").read_text()
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    assert platform()["KAFKA_BOOTSTRAP"] == f"{kafka['metadata']['name']}-kafka-bootstrap:{listener['port']}"


def test_a_pod_that_nobody_measured_is_taken_to_bear_what_keda_scales_by() -> None:
    triggers = [one["spec"]["triggers"][0]["metadata"] for one in read("keda/apis.yaml")]
    assert {one["threshold"] for one in triggers} == {f"{GUESSED * SHARE_USED:.0f}"}
    told = (ROOT / K8S / "base" / "analytics" / "kustomization.yaml").read_text()
    assert {f"PROMETHEUS_URL={one['serverAddress']}\n" in told for one in triggers} == {True}


@needs_kubectl
def test_what_watches_is_written_whole_with_a_dashboard_for_each_vertical(
    checked: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    root, _ = checked
    made = rendered(root, "watching-monitoring")
    kinds = Counter(one["kind"] for one in made)
    collector = {"Deployment": 1, "Service": 1, "NetworkPolicy": 1, "PodDisruptionBudget": 1, "ConfigMap": 1}
    told = {"PrometheusRule": 1, "Secret": 1, "ConfigMap": len(boards(root / "verticals")) + 1}
    assert kinds == Counter(told) + Counter(collector)
    dashboards = {one["metadata"]["name"]: one for one in made if "grafana_dashboard" in one["metadata"]["labels"]}
    assert dashboards["barberpro-vertical-pet_care".replace("_", "-")]["metadata"]["labels"]["grafana_dashboard"] == "1"
    # What `kubectl apply` keeps in an annotation.
    assert all(len(json.dumps(one)) < 200_000 for one in dashboards.values())


@needs_kubectl
def test_spans_go_where_the_collector_listens_and_may_be_reached(
    checked: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    root, _ = checked
    watching = rendered(root, "watching-monitoring")
    service = next(one for one in watching if one["kind"] == "Service")
    (port,) = service["spec"]["ports"]
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    cell = rendered(root, "verticals-pet_care")
    (platform,) = (one["data"] for one in cell if one["metadata"]["name"].startswith("platform-"))
    assert platform["OTLP_ENDPOINT"] == f"http://{name}.{namespace}.svc:{port['port']}/v1/traces"
    (egress,) = next(one for one in cell if one["metadata"]["name"] == "spans")["spec"]["egress"]
    assert egress["ports"] == [{"protocol": "TCP", "port": port["port"]}]
    assert egress["to"][0]["podSelector"]["matchLabels"] == service["spec"]["selector"]
    (namespace_labels,) = (one["metadata"]["labels"] for one in cell if one["kind"] == "Namespace")
    ingress = next(one for one in watching if one["kind"] == "NetworkPolicy")["spec"]["ingress"]
    assert ingress[0]["from"][0]["namespaceSelector"]["matchLabels"].items() <= namespace_labels.items()


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one vertical more and nothing else changed. The other overlays are judged elsewhere."""
    root = tmp_path_factory.mktemp("repository")
    shutil.copytree(ROOT / K8S, root / K8S, ignore=shutil.ignore_patterns("__pycache__", "overlays"))
    shutil.copytree(ROOT / "verticals", root / "verticals")
    (root / K8S / "overlays").mkdir()
    barber = (ROOT / "verticals" / "barber" / "vertical.yaml").read_text()
    planted = root / "verticals" / "pet_care" / "vertical.yaml"
    planted.parent.mkdir()
    planted.write_text(
        re.sub("hosts: .*", "hosts: [mascotas.example]", barber.replace("id: barber\n", "id: pet_care\n"))
    )
    return root


@pytest.fixture(scope="module")
def checked(copied: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """It, and what `make k8s-check` says there."""
    return copied, check(copied)


def check(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.k8s.tools", "check", "--root", str(root), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)


@needs_kubectl
def test_a_host_that_two_verticals_claim_is_named_with_both(tmp_path: Path) -> None:
    for name in ("barber", "pet_care"):
        (tmp_path / "verticals" / name).mkdir(parents=True)
        (tmp_path / "verticals" / name / "vertical.yaml").write_text("hosts: [barberpro.com.ar]\n")
    ended = check(tmp_path)
    assert ended.returncode == 1
    assert ended.stdout == (
        "k8s-check: verticals: the host barberpro.com.ar is claimed by the verticals barber and pet_care\n"
    )


@needs_kubectl
def test_a_new_verticals_file_yields_a_valid_overlay_with_no_other_edit(
    checked: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    copied, ended = checked
    assert "k8s-check: .local/k8s/verticals/pet_care: " in ended.stdout
    assert ended.returncode == 0, ended.stdout
    made = rendered(copied, "verticals-pet_care")
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in made}
    assert ("Vertical", "barberpro-pet-care") not in by_name, "it is of no concern to the cluster"
    assert by_name["Namespace", "barberpro-pet-care"]["metadata"]["labels"]["barberpro.com.ar/vertical"] == "pet_care"
    worker = by_name["ScaledObject", "booking-worker"]["spec"]["triggers"][0]["metadata"]
    assert worker["consumerGroup"] == "booking.pet_care"
    store = by_name["ObjectStore", "booking-backups"]["spec"]["configuration"]
    assert store["destinationPath"] == "s3://barberpro-pet-care/booking"
    user = by_name["KafkaUser", "pet-care-booking"]
    assert user["metadata"]["namespace"] == "barberpro"
    assert user["spec"]["authorization"]["acls"][0]["resource"]["name"] == "booking.pet_care"
    stores = {one["spec"]["secretStoreRef"]["name"] for one in made if one["kind"] == "ExternalSecret"}
    assert stores == {"barberpro-pet-care"}
    volumes = by_name["Deployment", "booking-api"]["spec"]["template"]["spec"]["volumes"]
    (mounted,) = (one["configMap"] for one in volumes if one["name"] == "verticals")
    assert mounted["items"] == [{"key": "vertical.yaml", "path": "pet_care/vertical.yaml"}]


@needs_kubectl
def test_a_vertical_has_its_own_of_everything_but_identity(
    checked: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    copied, _ = checked
    made = rendered(copied, "verticals-psychology")
    running = {one["metadata"]["name"].rpartition("-")[0] for one in made if one["kind"] == "Deployment"}
    assert running == {*SERVICES, "gateway"} - {"identity"}
    databases = {one["metadata"]["name"] for one in made if one["kind"] == "Cluster"}
    assert databases == {f"{service}-db" for service in SERVICES if service != "identity"}
    assert {one["metadata"].get("namespace") for one in made} == {None, "barberpro-psychology", "barberpro"}
    shared = {one["kind"] for one in made if one["metadata"].get("namespace") == "barberpro"}
    assert shared == {"KafkaUser", "ExternalSecret"}


def test_an_overlay_that_does_not_render_or_that_a_validator_refuses_is_said_and_fails(copied: Path) -> None:
    broken = check(copied, "--kustomize", "false")
    assert (broken.returncode, broken.stdout.count("does not render")) == (1, 4)
    refused = check(
        copied, "--kustomize", "echo # nothing of", "--validate", "sh -c 'echo Deployment/x: refused; exit 1'"
    )
    assert refused.returncode == 1
    assert "renders nothing" in refused.stdout
    assert "Deployment/x: refused" in refused.stdout


def test_where_nothing_renders_it_is_said_in_one_line(copied: Path) -> None:
    skipped = check(copied, "--kustomize", "no-such-command build")
    assert (skipped.returncode, skipped.stdout) == (0, "k8s-check: skipped: no-such-command is not installed\n")
