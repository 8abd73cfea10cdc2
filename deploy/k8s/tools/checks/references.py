"""What is named must exist: secrets, settings, accounts, clusters, stores; and topics are as services are told."""

from collections.abc import Iterator

from deploy.k8s.tools.layout import Object, containers, name_of, pods

Reference = tuple[str, str]


def what_is_named_exists(manifests: list[Object]) -> Iterator[str]:
    """A pod that names a missing Secret waits for ever, and says so to nobody."""
    there = {(*key, _namespace(one)) for one in manifests for key in _gives(one)}
    for one, asked in _all_asked(manifests):
        if (*asked, _namespace(one)) not in there:
            yield f"{name_of(one)}: there is no {asked[0]} {asked[1]}"


def _namespace(one: Object) -> str:
    return str(one["metadata"].get("namespace", ""))


def _gives(one: Object) -> Iterator[Reference]:
    """The object itself, and the Secrets that an operator makes of it."""
    kind, name = one["kind"], one["metadata"]["name"]
    yield kind, name
    if kind == "ExternalSecret":
        yield "Secret", one["spec"].get("target", {}).get("name", name)
    if kind == "KafkaUser":
        yield "Secret", name
    if kind == "Cluster" and one["spec"].get("enableSuperuserAccess"):
        yield "Secret", f"{name}-superuser"


def _all_asked(manifests: list[Object]) -> Iterator[tuple[Object, Reference]]:
    for owner, spec in pods(manifests):
        if "serviceAccountName" in spec:
            yield owner, ("ServiceAccount", spec["serviceAccountName"])
        for container in containers(spec):
            yield from ((owner, asked) for asked in _environment(container))
        yield from ((owner, asked) for asked in _volumes(spec))
    for one in manifests:
        yield from ((one, asked) for asked in _of_operators(one))


def _environment(container: Object) -> Iterator[Reference]:
    sources = [*container.get("envFrom", ()), *(each.get("valueFrom", {}) for each in container.get("env", ()))]
    kinds = {
        "secretRef": "Secret",
        "secretKeyRef": "Secret",
        "configMapRef": "ConfigMap",
        "configMapKeyRef": "ConfigMap",
    }
    for source in sources:
        for key, kind in kinds.items():
            if key in source and not source[key].get("optional"):
                yield kind, source[key]["name"]


def _volumes(spec: Object) -> Iterator[Reference]:
    for volume in spec.get("volumes", ()):
        if "secret" in volume and not volume["secret"].get("optional"):
            yield "Secret", volume["secret"]["secretName"]
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
    names = {volume["name"] for volume in spec.get("volumes", ())}
    for container in containers(spec):
        for mount in container.get("volumeMounts", ()):
            if mount["name"] not in names:
                yield "volume", mount["name"]


def _of_operators(one: Object) -> Iterator[Reference]:
    spec = one.get("spec", {})
    if one["kind"] == "KafkaUser":
        yield "Secret", spec["authentication"]["password"]["valueFrom"]["secretKeyRef"]["name"]
    if one["kind"] == "TriggerAuthentication":
        yield from (("Secret", each["name"]) for each in spec["secretTargetRef"])
    if one["kind"] in ("Database", "Pooler", "ScheduledBackup"):
        yield "Cluster", spec["cluster"]["name"]
    if one["kind"] == "Cluster":
        yield from (("ObjectStore", each["parameters"]["barmanObjectName"]) for each in spec.get("plugins", ()))
    if one["kind"] in ("ScaledObject", "HorizontalPodAutoscaler"):
        yield spec["scaleTargetRef"].get("kind", "Deployment"), spec["scaleTargetRef"]["name"]
    for trigger in spec.get("triggers", ()) if one["kind"] == "ScaledObject" else ():
        if "authenticationRef" in trigger:
            yield "TriggerAuthentication", trigger["authenticationRef"]["name"]


def topics_have_the_partitions_that_services_are_told(manifests: list[Object]) -> Iterator[str]:
    """Whoever makes a topic first, it is the same topic."""
    told = {
        (one["data"]["KAFKA_PARTITIONS"], one["data"]["KAFKA_REPLICATION"])
        for one in manifests
        if one["kind"] == "ConfigMap" and "KAFKA_PARTITIONS" in one["data"]
    }
    for one in manifests:
        if one["kind"] == "KafkaTopic":
            said = str(one["spec"]["partitions"]), str(one["spec"]["replicas"])
            if told != {said}:
                yield f"{name_of(one)}: has {' partitions and '.join(said)} replicas; services are told otherwise"
