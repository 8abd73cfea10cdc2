"""Who is reached by whom: selectors, ports, policies, disruption budgets."""

from collections.abc import Iterator

from deploy.k8s.tools.checks.labels import Pods, all_pods, selects
from deploy.k8s.tools.layout import Object, containers, name_of, pods


def selectors_find_their_pods(manifests: list[Object]) -> Iterator[str]:
    """A selector that finds nothing is silent: a Service without pods, a budget that protects nobody."""
    found = list(all_pods(manifests))
    for one in manifests:
        if one["kind"] == "Deployment" and not selects(one["spec"]["selector"], _labels_of(one)):
            yield f"{name_of(one)}: its selector does not find its own pods"
        selector = _selector(one)
        if selector is not None and not _selected(found, one, selector):
            yield f"{name_of(one)}: its selector finds no pods"
    for owner, spec in pods(manifests):
        for spread in spec.get("topologySpreadConstraints", ()):
            if not selects(spread["labelSelector"], _labels_of(owner)):
                yield f"{name_of(owner)}: it is spread among pods that are not its own"


def _labels_of(workload: Object) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"].get("labels", {})
    return labels


def _selector(one: Object) -> Object | None:
    """What must find pods; None where an object selects none."""
    selectors: dict[str, Object] = {
        "Service": {"matchLabels": one.get("spec", {}).get("selector", {})},
        "PodDisruptionBudget": one.get("spec", {}).get("selector", {}),
        "NetworkPolicy": one.get("spec", {}).get("podSelector", {}),
    }
    leads_away = one.get("spec", {}).get("type") == "ExternalName"
    return None if leads_away else selectors.get(one["kind"])


def _selected(found: list[Pods], one: Object, selector: Object) -> list[Pods]:
    namespace = one["metadata"].get("namespace", "")
    return [each for each in found if each.namespace == namespace and selects(selector, each.labels)]


def services_lead_to_ports(manifests: list[Object]) -> Iterator[str]:
    """A Service's targetPort is a port that its pods say they listen on."""
    found = list(all_pods(manifests))
    for one in manifests:
        if one["kind"] == "Service" and (selector := _selector(one)):
            for each in _selected(found, one, selector):
                wanted = [port.get("targetPort", port["port"]) for port in one["spec"]["ports"]]
                for target in set(wanted) - _listened(containers(each.spec)):
                    yield f"{name_of(one)}: {name_of(each.owner)} does not listen on {target}"


def probes_ask_ports(manifests: list[Object]) -> Iterator[str]:
    """A probe asks where its container says it listens."""
    for owner, spec in pods(manifests):
        for container in containers(spec):
            for kind, port in _probed(container):
                if port not in _listened([container]):
                    yield f"{name_of(owner)}: {container['name']}'s {kind} asks {port}, where nobody listens"


def _listened(among: list[Object]) -> set[object]:
    ports = [port for container in among for port in container.get("ports", ())]
    return {port["containerPort"] for port in ports} | {port["name"] for port in ports if "name" in port}


def _probed(container: Object) -> Iterator[tuple[str, object]]:
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        for way in ("httpGet", "tcpSocket", "grpc"):
            if way in container.get(kind, {}):
                yield kind, container[kind][way]["port"]


def budgets_say_one_thing(manifests: list[Object]) -> Iterator[str]:
    """Of minAvailable and maxUnavailable exactly one; and one that lets nobody go would hold up every drain."""
    for one in manifests:
        if one["kind"] == "PodDisruptionBudget":
            said = {key: one["spec"][key] for key in ("minAvailable", "maxUnavailable") if key in one["spec"]}
            if len(said) != 1:
                yield f"{name_of(one)}: says {' and '.join(said) or 'neither minAvailable nor maxUnavailable'}"
            elif said.get("maxUnavailable") in (0, "0%") or said.get("minAvailable") == "100%":
                yield f"{name_of(one)}: lets no pod go"


def every_port_has_a_policy(manifests: list[Object]) -> Iterator[str]:
    """All is denied in both directions; then each port that is listened on is opened to somebody."""
    policies = [one for one in manifests if one["kind"] == "NetworkPolicy"]
    denying = {one["metadata"].get("namespace", "") for one in policies if _denies_all(one["spec"])}
    ours = {one["metadata"]["name"] for one in manifests if one["kind"] == "Namespace"}
    for each in all_pods(manifests):
        over = [one["spec"] for one in policies if each in _selected([each], one, one["spec"]["podSelector"])]
        # In a namespace that others share only what is said of a pod is ours to say.
        if each.namespace not in denying and (each.namespace in ours or not _closed(over)):
            yield f"{name_of(each.owner)}: nothing denies by default in its namespace"
        opened = {port["port"] for spec in over for rule in spec.get("ingress", ()) for port in rule.get("ports", ())}
        for container in containers(each.spec):
            for port in container.get("ports", ()):
                if not {port["containerPort"], port.get("name")} & opened:
                    yield f"{name_of(each.owner)}: no policy opens {container['name']}'s port {port['containerPort']}"


def _closed(over: list[Object]) -> bool:
    """A policy of a direction denies all that it, or another, does not open."""
    return {kind for spec in over for kind in spec.get("policyTypes", ())} == {"Ingress", "Egress"}


def _denies_all(spec: Object) -> bool:
    both = set(spec.get("policyTypes", ())) == {"Ingress", "Egress"}
    return both and spec["podSelector"] == {} and not spec.get("ingress") and not spec.get("egress")
