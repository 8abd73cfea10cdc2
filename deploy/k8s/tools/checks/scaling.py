"""Who decides how many pods there are, and that what it is told is what it reads."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from deploy.k8s.tools.layout import Object, containers, name_of

# KEDA passes over a name that it does not know: names by trigger, those it needs and those it may be given besides.
_NEEDED: Final = {
    "kafka": {"bootstrapServers", "consumerGroup", "lagThreshold"},
    "prometheus": {"serverAddress", "query", "threshold"},
    "cpu": {"value"},
    "memory": {"value"},
    "cron": {"timezone", "start", "end", "desiredReplicas"},
}
_ALLOWED: Final = {
    "kafka": {
        "topic", "activationLagThreshold", "offsetResetPolicy", "allowIdleConsumers", "scaleToZeroOnInvalidOffset",
        "excludePersistentLag", "limitToPartitionsWithLag", "partitionLimitation", "version", "sasl", "tls",
    },
    "prometheus": {"activationThreshold", "namespace", "ignoreNullValues", "unsafeSsl", "customHeaders", "timeout"},
    "cpu": {"containerName"},
    "memory": {"containerName"},
    "cron": set[str](),
}  # fmt: skip


def scalers_are_spelt_right(manifests: list[Object]) -> Iterator[str]:
    """A typing error in a trigger's metadata leaves a default in its place; a container that is not there, nothing."""
    for one in _scalers(manifests):
        for trigger in one["spec"].get("triggers", ()):
            names, kind = trigger["metadata"].keys(), trigger["type"]
            if kind not in _NEEDED:
                yield f"{name_of(one)}: a trigger {kind} is not known here"
                continue
            for missing in sorted(_NEEDED[kind] - names):
                yield f"{name_of(one)}: {kind} needs {missing}"
            for strange in sorted(names - _NEEDED[kind] - _ALLOWED[kind]):
                yield f"{name_of(one)}: {kind} knows no {strange}"
        there = {each["name"] for each in _scaled_containers(manifests, one)}
        for container in _measured(one):
            if container not in there:
                yield f"{name_of(one)}: its Deployment has no container {container}"


def _scalers(manifests: list[Object]) -> list[Object]:
    return [one for one in manifests if one["kind"] in ("ScaledObject", "HorizontalPodAutoscaler")]


def _measured(one: Object) -> Iterator[str]:
    for trigger in one["spec"].get("triggers", ()):
        if "containerName" in trigger["metadata"]:
            yield trigger["metadata"]["containerName"]
    for metric in one["spec"].get("metrics", ()):
        if "containerResource" in metric:
            yield metric["containerResource"]["container"]


def _scaled_containers(manifests: list[Object], scaler: Object) -> list[Object]:
    return [each for one in _targets(manifests, scaler) for each in containers(one["spec"]["template"]["spec"])]


def _targets(manifests: list[Object], scaler: Object) -> list[Object]:
    place, name = scaler["metadata"].get("namespace"), scaler["spec"]["scaleTargetRef"]["name"]
    return [
        one
        for one in manifests
        if one["kind"] == "Deployment" and (one["metadata"].get("namespace"), one["metadata"]["name"]) == (place, name)
    ]


def workers_do_not_outnumber_partitions(manifests: list[Object]) -> Iterator[str]:
    """A worker without a partition does nothing, and each that comes or goes stops the group."""
    told = [int(one["data"]["KAFKA_PARTITIONS"]) for one in manifests if "KAFKA_PARTITIONS" in one.get("data", {})]
    for one in _scalers(manifests):
        reads = any(trigger["type"] == "kafka" for trigger in one["spec"].get("triggers", ()))
        most = one["spec"].get("maxReplicaCount", 100)
        if reads and told and most > min(told):
            yield f"{name_of(one)}: {most} workers for {min(told)} partitions"


def one_decides_how_many(manifests: list[Object]) -> Iterator[str]:
    """Two scalers on one Deployment, or a number in it, pull it to and fro; and least is not above most."""
    scalers = _scalers(manifests)
    counted = Counter((each["metadata"].get("namespace"), each["spec"]["scaleTargetRef"]["name"]) for each in scalers)
    for (_, name), number in counted.items():
        if number > 1:
            yield f"Deployment/{name}: {number} decide how many there are"
    for each in scalers:
        spec = each["spec"]
        least = spec.get("minReplicaCount", spec.get("minReplicas", 0))
        if least > spec.get("maxReplicaCount", spec.get("maxReplicas", 100)):
            yield f"{name_of(each)}: its least is above its most"
        for target in _targets(manifests, each):
            if "replicas" in target["spec"]:
                yield f"{name_of(target)}: says how many it is, and so does {name_of(each)}"
