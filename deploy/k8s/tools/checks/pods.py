"""What every pod of ours must say of itself."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from deploy.k8s.tools.layout import Object, containers, name_of, pods

_QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)(m|[kMGTPE]|[KMGTPE]i)?")
_SIZES: Final = {"size", "sizeLimit"}
_STEP: Final = "KMGTPE"


def quantities_can_be_read(manifests: list[Object]) -> Iterator[str]:
    """Amounts are such as the API server reads, and nobody asks for more than it may have."""
    for one in manifests:
        for where, value in _amounts(one.get("spec", {}), ""):
            if _read(value) is None:
                yield f"{name_of(one)}: {where} is {value!r}"
        for asked, most in _resources(one.get("spec", {})):
            for name in asked.keys() & most.keys():
                wanted, limit = _read(asked[name]), _read(most[name])
                if wanted is not None and limit is not None and wanted > limit:
                    yield f"{name_of(one)}: asks for {asked[name]} of {name} and may have {most[name]}"


def _amounts(part: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("requests", "limits") and isinstance(value, dict):
                yield from ((f"{where}/{key}/{name}", amount) for name, amount in value.items())
            elif key in _SIZES and isinstance(value, str | int):
                yield f"{where}/{key}", value
            else:
                yield from _amounts(value, f"{where}/{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _amounts(value, f"{where}/{index}")


def _resources(part: object) -> Iterator[tuple[Object, Object]]:
    if isinstance(part, dict):
        if isinstance(part.get("requests"), dict) and isinstance(part.get("limits"), dict):
            yield part["requests"], part["limits"]
        for value in part.values():
            yield from _resources(value)
    elif isinstance(part, list):
        for value in part:
            yield from _resources(value)


def _read(value: object) -> Decimal | None:
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    number, unit = Decimal(match[1]), match[2] or ""
    if unit == "m":
        return number / 1000
    power = _STEP.find(unit[:1].upper()) + 1 if unit else 0
    return number * (Decimal(1024) if unit.endswith("i") else Decimal(1000)) ** power


def probes_are_there(manifests: list[Object]) -> Iterator[str]:
    """What stays is asked whether it has started, is ready and is alive."""
    for owner, spec in pods(manifests):
        if owner["kind"] in ("Job", "CronJob"):
            continue
        for container in spec["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe not in container:
                    yield f"{name_of(owner)}: {container['name']} has no {probe}"


def images_have_tags(manifests: list[Object]) -> Iterator[str]:
    """What runs is what was named: no image without a tag, none called latest."""
    for owner, spec in pods(manifests):
        for container in containers(spec):
            if fault := _untagged(container["image"]):
                yield f"{name_of(owner)}: {fault}"
    for one in manifests:
        image = one.get("spec", {}).get("imageName")
        if image and (fault := _untagged(image)):
            yield f"{name_of(one)}: {fault}"


def _untagged(image: str) -> str:
    if "@sha256:" in image:
        return ""
    _, _, tag = image.rpartition("/")[2].partition(":")
    return f"{image} is whatever is newest" if tag in ("", "latest") else ""


def pods_are_restricted(manifests: list[Object]) -> Iterator[str]:
    """As the namespace's pod security asks, which else refuses the pod long after the Deployment was taken."""
    for owner, spec in pods(manifests):
        whole = spec.get("securityContext", {})
        if not whole.get("runAsNonRoot") or whole.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{name_of(owner)}: may run as root, or without a seccomp profile"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name_of(owner)}: is given a token for the cluster's API"
        for container in containers(spec):
            own = container.get("securityContext", {})
            locked = own.get("allowPrivilegeEscalation") is False and own.get("readOnlyRootFilesystem") is True
            if not locked or own.get("capabilities", {}).get("drop") != ["ALL"]:
                yield f"{name_of(owner)}: {container['name']} is not locked"


def traffic_is_given_time_to_leave(manifests: list[Object]) -> Iterator[str]:
    """Whoever a Service leads to sleeps before it stops, and there is time for both."""
    behind = [one["spec"]["selector"] for one in manifests if one["kind"] == "Service" and "selector" in one["spec"]]
    for owner, spec in pods(manifests):
        labels = owner["spec"].get("template", {}).get("metadata", {}).get("labels", {})
        if not any(selector.items() <= labels.items() for selector in behind):
            continue
        for container in spec["containers"]:
            slept = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            if not 0 < slept < spec.get("terminationGracePeriodSeconds", 30) - 20:
                yield f"{name_of(owner)}: {container['name']} has no time to let its callers go"
