"""Which pods a selector means."""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.k8s.tools.layout import Object, pods


@dataclass(frozen=True)
class Pods:
    """The pods of one object: of a workload of ours, or of one that an operator makes pods for."""

    owner: Object
    labels: dict[str, str]
    spec: Object

    @property
    def namespace(self) -> str:
        return str(self.owner["metadata"].get("namespace", ""))


def all_pods(manifests: list[Object]) -> Iterator[Pods]:
    """Of every workload, database, pooler and broker."""
    for owner, spec in pods(manifests):
        template = owner["spec"].get("template") or owner["spec"]["jobTemplate"]["spec"]["template"]
        yield Pods(owner, template.get("metadata", {}).get("labels", {}), spec)
    for one in manifests:
        if labels := _given_to_an_operator(one):
            yield Pods(one, labels, {"containers": []})


def _given_to_an_operator(one: Object) -> dict[str, str]:
    spec = one.get("spec", {})
    labels: dict[str, str] = {}
    if one["apiVersion"].startswith("postgresql.cnpg.io"):
        inherited, template = spec.get("inheritedMetadata", {}), spec.get("template", {})
        labels = inherited.get("labels", {}) | template.get("metadata", {}).get("labels", {})
    if one["kind"] == "Kafka":
        labels = {"strimzi.io/cluster": one["metadata"]["name"]}
    return labels


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """As Kubernetes reads a label selector: an empty one means all."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_meets(labels, expression) for expression in selector.get("matchExpressions", ()))


def _meets(labels: dict[str, str], expression: Object) -> bool:
    key, values = expression["key"], expression.get("values", ())
    met = {
        "In": key in labels and labels[key] in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return met[expression["operator"]]
