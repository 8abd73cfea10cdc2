"""Topics and who may do what with them, for Strimzi, from the code: the registry of contracts and the subscriptions."""

from typing import Final

from deploy.k8s.tools.layout import SERVICES, Object, platform, topics_read

from common.kafka import topic_config
from contracts.audit import AuditSealed
from contracts.base import EVERYBODY
from contracts.registry import TOPICS, Topic

_API: Final = "kafka.strimzi.io/v1"
_OF_CLUSTER: Final = {"strimzi.io/cluster": "barberpro"}


def topics() -> list[Object]:
    """A KafkaTopic for each topic of the registry."""
    return [_topic(topic) for topic in TOPICS]


def _topic(topic: Topic) -> Object:
    replication = int(platform()["KAFKA_REPLICATION"])
    return {
        "apiVersion": _API,
        "kind": "KafkaTopic",
        # An underscore may stand in a topic's name, but in no object's.
        "metadata": {"name": topic.name.replace("_", "-"), "labels": dict(_OF_CLUSTER)},
        "spec": {
            "topicName": topic.name,
            "partitions": int(platform()["KAFKA_PARTITIONS"]),
            "replicas": replication,
            "config": topic_config(topic, replication),
        },
    }


def users() -> list[Object]:
    """A KafkaUser for each service: it reads for every vertical it is given."""
    return [_user(service, f"{service}-runtime", _group(f"{service}.", "prefix")) for service in SERVICES]


def users_of_cell() -> list[Object]:
    """Those of a vertical's cell, which read for that vertical alone: kustomize writes its name over `vertical`.

    Identity is shared, hence has none. Their passwords are fetched beside the brokers too, for Strimzi reads no other
    namespace's.
    """
    users: list[Object] = []
    for service in SERVICES:
        if service != "identity":
            users.append(_password(service))
            users.append(_user(service, f"{service}-kafka", _group(f"{service}.vertical", "literal")))
    return users


def _group(name: str, pattern: str) -> Object:
    return {"type": "group", "name": name, "patternType": pattern}


def _user(service: str, secret: str, group: Object) -> Object:
    written = [topic.name for topic in TOPICS if topic.owner in (service, EVERYBODY)]
    # `audit` compares the chains with the heads kept in Kafka, whatever else the service listens to.
    read = sorted({*topics_read(service), AuditSealed.topic})
    acls = [_acl(group, "Describe", "Read")] if topics_read(service) else []
    acls += [_acl(_topic_named(name), "Describe", "Write") for name in written]
    acls += [_acl(_topic_named(name), "Describe", "Read") for name in read]
    password = {"valueFrom": {"secretKeyRef": {"name": secret, "key": "KAFKA_PASSWORD"}}}
    return {
        "apiVersion": _API,
        "kind": "KafkaUser",
        "metadata": {"name": service, "labels": {**_OF_CLUSTER, "barberpro.com.ar/service": service}},
        "spec": {
            "authentication": {"type": "scram-sha-512", "password": password},
            "authorization": {"type": "simple", "acls": acls},
        },
    }


def _password(service: str) -> Object:
    remote = {"key": f"barberpro/{service}", "property": "kafka-password"}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": f"{service}-kafka"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "barberpro"},
            "data": [{"secretKey": "KAFKA_PASSWORD", "remoteRef": remote}],
        },
    }


def _topic_named(name: str) -> Object:
    return {"type": "topic", "name": name, "patternType": "literal"}


def _acl(resource: Object, *operations: str) -> Object:
    return {"resource": resource, "operations": list(operations)}
