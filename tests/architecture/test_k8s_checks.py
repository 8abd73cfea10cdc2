"""What is rendered for Kubernetes is judged by deploy/k8s/tools/checks; each mistake planted here is caught."""

import copy
import re
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import pytest
from deploy.k8s.tools.checks import CHECKS, problems
from deploy.k8s.tools.layout import K8S, ROOT, objects
from tests.architecture.rendering import needs_kubectl

pytestmark = needs_kubectl

OVERLAYS: Final = tuple(sorted(path.name for path in (ROOT / K8S / "overlays").iterdir()))
Manifests = list[dict[str, Any]]
Plant = Callable[[Manifests], Any]


@cache
def rendered(overlay: str) -> Manifests:
    command = ["kubectl", "kustomize", str(ROOT / K8S / "overlays" / overlay)]
    return objects(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def the(manifests: Manifests, kind: str, name: str) -> dict[str, Any]:
    """One object; a ConfigMap by its name without the hash."""
    (found,) = (
        one
        for one in manifests
        if one["kind"] == kind and re.fullmatch(rf"{name}(-[0-9a-z]{{10}})?", one["metadata"]["name"])
    )
    return found


def spec(manifests: Manifests, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = the(manifests, kind, name)["spec"]
    return found


def container(manifests: Manifests, deployment: str = "booking-api") -> dict[str, Any]:
    found: dict[str, Any] = spec(manifests, "Deployment", deployment)["template"]["spec"]["containers"][0]
    return found


def told(manifests: Manifests, service: str) -> dict[str, Any]:
    """What a service's API is told of poolers and replicas."""
    found: dict[str, Any] = spec(manifests, "ExternalSecret", f"{service}-pooled")["target"]["template"]["data"]
    return found


def scaled(manifests: Manifests, part: str, trigger: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = spec(manifests, "ScaledObject", f"booking-{part}")["triggers"][trigger]
    return found


def nightly(schedule: str, **changed: Any) -> dict[str, Any]:
    """A CronJob that is in order but for what is changed."""
    work = spec(rendered("production"), "Job", "booking-migrate")
    said = {"timeZone": "America/Argentina/Buenos_Aires", "startingDeadlineSeconds": 60, "concurrencyPolicy": "Forbid"}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": "barberpro"},
        "spec": {"schedule": schedule, **said, **changed, "jobTemplate": {"spec": work}},
    }


def second_scaler(name: str) -> dict[str, Any]:
    of = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}}
    metadata = {"name": "another", "namespace": "barberpro"}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": of}


def in_a_shared_namespace(manifests: Manifests, *directions: str) -> Manifests:
    """A Deployment there, and a policy that closes its pods in these directions."""
    found = copy.deepcopy(the(manifests, "Deployment", "booking-api"))
    found["metadata"].update(name="shared", namespace="monitoring")
    closing = {"podSelector": found["spec"]["selector"], "policyTypes": directions}
    return [found, {"apiVersion": "v1", "kind": "NetworkPolicy", "metadata": found["metadata"], "spec": closing}]


def without(manifests: Manifests, kind: str, name: str) -> None:
    manifests.remove(the(manifests, kind, name))


# What is changed, and the line that says so.
PLANTED: Final[list[tuple[Plant, str]]] = [
    (lambda m: spec(m, "Service", "booking-api")["selector"].update(x="y"), "Service/booking-api: its selector finds"),
    (
        lambda m: spec(m, "Deployment", "booking-api")["selector"]["matchLabels"].update(x="y"),
        "Deployment/booking-api: its selector does not find its own pods",
    ),
    (
        lambda m: spec(m, "PodDisruptionBudget", "booking-worker")["selector"]["matchLabels"].update(x="y"),
        "PodDisruptionBudget/booking-worker: its selector finds no pods",
    ),
    (
        lambda m: spec(m, "NetworkPolicy", "booking-database")["podSelector"]["matchLabels"].update(x="y"),
        "NetworkPolicy/booking-database: its selector finds no pods",
    ),
    (
        lambda m: spec(m, "Deployment", "booking-api")["template"]["spec"]["topologySpreadConstraints"][0][
            "labelSelector"
        ]["matchLabels"].update(x="y"),
        "Deployment/booking-api: it is spread among pods that are not its own",
    ),
    (
        lambda m: spec(m, "Service", "booking-api")["ports"][0].update(targetPort="htttp"),
        "Service/booking-api: Deployment/booking-api does not listen on htttp",
    ),
    (
        lambda m: container(m)["livenessProbe"]["httpGet"].update(port=8080),
        "Deployment/booking-api: api's livenessProbe asks 8080, where nobody listens",
    ),
    (
        lambda m: spec(m, "PodDisruptionBudget", "booking-api").update(minAvailable=1),
        "PodDisruptionBudget/booking-api: says minAvailable and maxUnavailable",
    ),
    (
        lambda m: spec(m, "PodDisruptionBudget", "booking-api").update(maxUnavailable=0),
        "PodDisruptionBudget/booking-api: lets no pod go",
    ),
    (
        lambda m: container(m)["ports"].append({"name": "debug", "containerPort": 5678}),
        "Deployment/booking-api: no policy opens api's port 5678",
    ),
    (lambda m: without(m, "NetworkPolicy", "default-deny"), "Deployment/booking-api: nothing denies by default"),
    (lambda m: m.extend(in_a_shared_namespace(m, "Ingress")), "Deployment/shared: nothing denies by default"),
    (
        lambda m: container(m)["resources"]["requests"].update(memory="256MB"),
        "Deployment/booking-api: /template/spec/containers/0/resources/requests/memory is '256MB'",
    ),
    (
        lambda m: container(m)["resources"]["requests"].update(memory="1Gi"),
        "Deployment/booking-api: asks for 1Gi of memory and may have 512Mi",
    ),
    (
        lambda m: spec(m, "Cluster", "booking-db")["storage"].update(size="50 Gi"),
        "Cluster/booking-db: /storage/size is",
    ),
    (lambda m: container(m).pop("startupProbe"), "Deployment/booking-api: api has no startupProbe"),
    (
        lambda m: container(m).update(image="barberpro/booking:latest"),
        "Deployment/booking-api: barberpro/booking:latest is whatever is newest",
    ),
    (
        lambda m: container(m).update(image="registry:5000/barberpro/booking"),
        "Deployment/booking-api: registry:5000/barberpro/booking is whatever is newest",
    ),
    (lambda m: container(m)["securityContext"].pop("capabilities"), "Deployment/booking-api: api is not locked"),
    (lambda m: container(m).pop("lifecycle"), "Deployment/booking-api: api has no time to let its callers go"),
    (
        lambda m: without(m, "ExternalSecret", "booking-runtime"),
        "Deployment/booking-api: there is no Secret booking-runtime",
    ),
    (
        lambda m: without(m, "ConfigMap", "booking-settings"),
        "Deployment/booking-api: there is no ConfigMap booking-settings",
    ),
    (
        lambda m: without(m, "TriggerAuthentication", "booking-kafka"),
        "ScaledObject/booking-worker: there is no TriggerAuthentication booking-kafka",
    ),
    (lambda m: without(m, "Cluster", "booking-db"), "Pooler/booking-pooler: there is no Cluster booking-db"),
    (
        lambda m: without(m, "Pooler", "booking-pooler"),
        "ExternalSecret/booking-pooled: POOLED_DATABASES leads to booking-pooler, which is no pooler",
    ),
    (
        lambda m: spec(m, "Pooler", "booking-pooler").update(type="ro"),
        "ExternalSecret/booking-pooled: POOLED_DATABASES leads to booking-pooler, which is no pooler",
    ),
    (
        lambda m: told(m, "booking").update(POOLED_DATABASES="{{ .databases }}"),
        "ExternalSecret/booking-pooled: POOLED_DATABASES leads to nowhere else",
    ),
    (
        lambda m: spec(m, "Pooler", "booking-pooler")["cluster"].update(name="payments-db"),
        "POOLED_DATABASES leads from booking-db-rw to booking-pooler, which is another cluster's",
    ),
    (
        lambda m: spec(m, "Cluster", "analytics-db").update(instances=1),
        "ExternalSecret/analytics-pooled: REPLICA_DATABASES leads to analytics-db-ro, which is no replica",
    ),
    (
        lambda m: spec(m, "Pooler", "booking-pooler")["pgbouncer"]["parameters"].pop("max_prepared_statements"),
        "Pooler/booking-pooler: keeps no prepared statements",
    ),
    (
        lambda m: without(m, "NetworkPolicy", "booking-api"),
        "Deployment/booking-api: no policy lets it out to Pooler/booking-pooler",
    ),
    (
        lambda m: spec(m, "NetworkPolicy", "booking-pooler")["ingress"].pop(0),
        "Pooler/booking-pooler: no policy lets Deployment/booking-api in",
    ),
    (
        lambda m: spec(m, "NetworkPolicy", "booking-pooler")["egress"].pop(0),
        "Pooler/booking-pooler: no policy lets it out to Cluster/booking-db",
    ),
    (
        lambda m: spec(m, "NetworkPolicy", "booking-database")["ingress"].pop(0),
        "Cluster/booking-db: no policy lets Deployment/booking-worker in",
    ),
    (
        lambda m: spec(m, "NetworkPolicy", "booking-worker")["egress"].pop(0),
        "Deployment/booking-worker: no policy lets it out to Cluster/booking-db",
    ),
    (
        lambda m: without(m, "NetworkPolicy", "analytics-feed"),
        "Deployment/analytics-api: no policy lets it out to Cluster/analytics-db",
    ),
    (lambda m: without(m, "ObjectStore", "booking-backups"), "Cluster/booking-db: there is no ObjectStore"),
    (lambda m: without(m, "Deployment", "booking-api"), "ScaledObject/booking-api: there is no Deployment booking-api"),
    (
        lambda m: spec(m, "KafkaTopic", "booking.created").update(partitions=6),
        "KafkaTopic/booking.created: has 6 partitions and 3 replicas; services are told otherwise",
    ),
    (
        lambda m: scaled(m, "worker")["metadata"].update(lagTreshold="5"),
        "ScaledObject/booking-worker: kafka knows no lagTreshold",
    ),
    (
        lambda m: scaled(m, "worker")["metadata"].pop("consumerGroup"),
        "ScaledObject/booking-worker: kafka needs consumerGroup",
    ),
    (
        lambda m: scaled(m, "api", 1)["metadata"].update(containerName="app"),
        "ScaledObject/booking-api: its Deployment has no container app",
    ),
    (
        lambda m: spec(m, "ScaledObject", "booking-worker").update(maxReplicaCount=13),
        "ScaledObject/booking-worker: 13 workers for 12 partitions",
    ),
    (
        lambda m: spec(m, "ScaledObject", "booking-worker").pop("maxReplicaCount"),
        "ScaledObject/booking-worker: 100 workers for 12 partitions",
    ),
    (lambda m: m.append(second_scaler("booking-worker")), "Deployment/booking-worker: 2 decide how many there are"),
    (
        lambda m: spec(m, "Deployment", "booking-api").update(replicas=2),
        "Deployment/booking-api: says how many it is, and so does ScaledObject/booking-api",
    ),
    (
        lambda m: spec(m, "ScaledObject", "booking-api").update(minReplicaCount=31),
        "ScaledObject/booking-api: its least is above its most",
    ),
    (
        lambda m: spec(m, "ScheduledBackup", "booking-nightly").update(schedule="15 6 * * *"),
        "ScheduledBackup/booking-nightly: '15 6 * * *' has 5 fields, not 6",
    ),
    (
        lambda m: scaled(m, "api", 2)["metadata"].update(start="30 25 * * *"),
        "ScaledObject/booking-api: '30 25 * * *' is no time",
    ),
    (lambda m: m.append(nightly("0 4 * * *", timeZone="")), "CronJob/nightly: has no timeZone"),
    (lambda m: m.append(nightly("0 4 * * *", concurrencyPolicy="Allow")), "CronJob/nightly: may run beside itself"),
    (
        lambda m: m.append(nightly("0 4 * * *", startingDeadlineSeconds=0)),
        "CronJob/nightly: has no startingDeadlineSeconds",
    ),
    (lambda m: m.append(nightly("*/0 4 * * *")), "CronJob/nightly: '*/0 4 * * *' is no time"),
]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_wrong_with_an_overlay(overlay: str) -> None:
    assert problems(rendered(overlay)) == []


@pytest.mark.parametrize(("plant", "said"), PLANTED, ids=[said for _, said in PLANTED])
def test_a_planted_mistake_is_caught(plant: Plant, said: str) -> None:
    manifests = copy.deepcopy(rendered("production"))
    plant(manifests)
    assert [fault for fault in problems(manifests) if said in fault]


def test_every_check_catches_one_of_the_planted_mistakes() -> None:
    silent = set(CHECKS)
    for plant, _ in PLANTED:
        manifests = copy.deepcopy(rendered("production"))
        plant(manifests)
        silent -= {check for check in silent if any(check(manifests))}
    assert silent == set()


def test_a_pod_in_a_shared_namespace_that_is_closed_in_both_directions_is_let_through() -> None:
    manifests = rendered("production")
    found = problems([*manifests, *in_a_shared_namespace(manifests, "Ingress", "Egress")])
    assert [fault for fault in found if "nothing denies" in fault] == []


def test_a_job_that_runs_by_the_clock_and_is_in_order_is_let_through() -> None:
    manifests = [*rendered("production"), nightly("*/15 4-6,22 1 * 1-5")]
    assert problems(manifests) == []
