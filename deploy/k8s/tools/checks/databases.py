"""By which way a service comes to its database: APIs by a pooler, workers straight, what may lag from a replica."""

import re
from collections.abc import Iterator
from typing import Final

from deploy.k8s.tools.checks.labels import Pods, all_pods, selects
from deploy.k8s.tools.layout import Object, containers, name_of

_REWRITTEN: Final = re.compile(r'replace "@([^"]+):" "@([^"]+):"')
_SERVICE: Final = "barberpro.com.ar/service"
_PORT: Final = 5432


def poolers_and_replicas_exist(manifests: list[Object]) -> Iterator[str]:
    """A Secret holds what nobody sees rendered: its template says which host of which cluster it leads to."""
    there = {host: (way, cluster) for one in manifests for host, way, cluster in _hosts(one)}
    for one in manifests:
        for name, template in _templates(one):
            found = _REWRITTEN.search(template)
            direct, host = found.groups() if found else ("", "")
            way, cluster = there.get(host, ("", ""))
            wanted = {"POOLED_DATABASES": "pooler", "REPLICA_DATABASES": "replica"}.get(name)
            if wanted is not None and way != wanted:
                yield f"{name_of(one)}: {name} leads to {host or 'nowhere else'}, which is no {wanted}"
            elif wanted is not None and direct != f"{cluster}-rw":
                yield f"{name_of(one)}: {name} leads from {direct} to {host}, which is another cluster's"


def _hosts(one: Object) -> Iterator[tuple[str, str, str]]:
    """The Services that the operator makes, but for the primary's."""
    name, spec = one["metadata"]["name"], one.get("spec", {})
    if one["kind"] == "Cluster" and spec["instances"] > 1:
        yield f"{name}-ro", "replica", name
    if one["kind"] == "Pooler":
        pools_transactions = spec["type"] == "rw" and spec["pgbouncer"]["poolMode"] == "transaction"
        yield name, "pooler" if pools_transactions else "", spec["cluster"]["name"]


def poolers_keep_prepared_statements(manifests: list[Object]) -> Iterator[str]:
    """Our driver prepares every statement; without this the second server connection has never heard of it."""
    for one in manifests:
        if one["kind"] == "Pooler":
            kept = one["spec"]["pgbouncer"]["parameters"].get("max_prepared_statements", "0")
            if kept == "0":
                yield f"{name_of(one)}: keeps no prepared statements"


def every_way_to_a_database_is_open(manifests: list[Object]) -> Iterator[str]:
    """Both ends of each edge: an API and its pooler, a pooler and its database, a worker and its database."""
    found = list(all_pods(manifests))
    policies = [one for one in manifests if one["kind"] == "NetworkPolicy"]
    for each in found:
        for goal in found:
            if goal.owner["kind"] in _goals(each, manifests) and _is_its_own(each, goal):
                if not _is_open(policies, "egress", each, goal):
                    yield f"{name_of(each.owner)}: no policy lets it out to {name_of(goal.owner)}"
                if not _is_open(policies, "ingress", goal, each):
                    yield f"{name_of(goal.owner)}: no policy lets {name_of(each.owner)} in"


def _goals(each: Pods, manifests: list[Object]) -> set[str]:
    """The kinds of what these pods connect to."""
    given = _given(each, manifests)
    goals = {"Pooler"} if "POOLED_DATABASES" in given else set()
    told_directly = "DATABASES" in given and not goals
    if each.owner["kind"] == "Pooler" or told_directly or "REPLICA_DATABASES" in given:
        goals.add("Cluster")
    return goals


def _given(each: Pods, manifests: list[Object]) -> set[str]:
    """What its Secrets tell these pods."""
    sources = [source for container in containers(each.spec) for source in container.get("envFrom", ())]
    names = {source["secretRef"]["name"] for source in sources if "secretRef" in source}
    secrets = [one for one in manifests if one["kind"] == "ExternalSecret" and one["metadata"]["name"] in names]
    return {entry["secretKey"] for one in secrets for entry in one["spec"]["data"]} | {
        name for one in secrets for name, _ in _templates(one)
    }


def _templates(one: Object) -> Iterator[tuple[str, str]]:
    if one["kind"] == "ExternalSecret":
        yield from one["spec"].get("target", {}).get("template", {}).get("data", {}).items()


def _is_its_own(each: Pods, goal: Pods) -> bool:
    return each.namespace == goal.namespace and each.labels.get(_SERVICE) == goal.labels.get(_SERVICE)


def _is_open(policies: list[Object], way: str, subject: Pods, peer: Pods) -> bool:
    """Whether a policy over `subject` names `peer`; both are in one namespace."""
    side = "to" if way == "egress" else "from"
    over = (
        one["spec"]
        for one in policies
        if one["metadata"].get("namespace", "") == subject.namespace
        and selects(one["spec"]["podSelector"], subject.labels)
    )
    return any(
        _names(rule.get(side, ()), peer) and any(port.get("port") == _PORT for port in rule.get("ports", ()))
        for spec in over
        for rule in spec.get(way, ())
    )


def _names(peers: list[Object], pods: Pods) -> bool:
    own = (peer["podSelector"] for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer)
    return any(selects(selector, pods.labels) for selector in own)
