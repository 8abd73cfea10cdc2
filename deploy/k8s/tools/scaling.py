"""How many pods there are, for KEDA: workers by what waits in Kafka, APIs by requests and by processor time.

Which workers read at all, and from how many partitions, is said by the code.
"""

from typing import Final

from deploy.k8s.tools.layout import SERVICES, Object, platform, topics_read

_API: Final = "keda.sh/v1alpha1"
NAMESPACE: Final = "barberpro"
PROMETHEUS: Final = "http://prometheus-operated.monitoring.svc:9090"
_FIRST_VERTICAL: Final = "barber"
_RECORDS_PER_WORKER: Final = "1000"
_REQUESTS_PER_API: Final = "40"
"""A guess until it is measured on the cluster's machines: 55 % of what one pod bears."""
_OPEN: Final = {"timezone": "America/Argentina/Buenos_Aires", "start": "30 7 * * *", "end": "0 22 * * *"}
_FALLBACK: Final = {"failureThreshold": 3, "replicas": 3, "behavior": "currentReplicasIfHigher"}


def workers() -> list[Object]:
    """For each service that reads: how it logs in to ask for its lag, and how many workers that lag asks for."""
    reading = [service for service in SERVICES if topics_read(service)]
    return [one for service in reading for one in (_login(service), _worker(service))]


def apis() -> list[Object]:
    """For each service: more at once for a higher rate, some at least in opening hours, more for busy processors."""
    return [_api(service) for service in SERVICES]


def _login(service: str) -> Object:
    runtime = {"username": "KAFKA_USERNAME", "password": "KAFKA_PASSWORD"}
    asked = [{"parameter": name, "name": f"{service}-runtime", "key": key} for name, key in runtime.items()]
    asked.append({"parameter": "ca", "name": "kafka-ca", "key": "ca.crt"})
    return _object("TriggerAuthentication", service, "kafka", {"secretTargetRef": asked})


def _worker(service: str) -> Object:
    metadata = {
        "bootstrapServers": f"barberpro-kafka-bootstrap.{NAMESPACE}.svc:9093",
        "consumerGroup": f"{service}.{_FIRST_VERTICAL}",
        "lagThreshold": _RECORDS_PER_WORKER,
        "offsetResetPolicy": "earliest",
        "sasl": "scram_sha512",
        "tls": "enable",
    }
    # The client has no cooperative assignor: whenever a member comes or goes its group stands still.
    behavior = {
        "scaleUp": {"stabilizationWindowSeconds": 30},
        "scaleDown": {
            "stabilizationWindowSeconds": 600,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
        },
    }
    trigger = {"type": "kafka", "metadata": metadata, "authenticationRef": {"name": f"{service}-kafka"}}
    return _scaled(service, "worker", int(platform()["KAFKA_PARTITIONS"]), behavior, [trigger])


def _api(service: str) -> Object:
    query = f'sum(rate(http_requests_total{{namespace="{NAMESPACE}",service="{service}"}}[1m]))'
    rate = {"serverAddress": PROMETHEUS, "query": query, "threshold": _REQUESTS_PER_API}
    triggers = [
        {"type": "prometheus", "metadata": rate},
        {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "65", "containerName": "api"}},
        {"type": "cron", "metadata": {**_OPEN, "desiredReplicas": "3"}},
    ]
    behavior = {
        "scaleUp": {"stabilizationWindowSeconds": 0},
        "scaleDown": {
            "stabilizationWindowSeconds": 300,
            "policies": [{"type": "Percent", "value": 25, "periodSeconds": 60}],
        },
    }
    return _scaled(service, "api", 30, behavior, triggers)


def _scaled(service: str, part: str, most: int, behavior: Object, triggers: list[Object]) -> Object:
    spec = {
        "scaleTargetRef": {"name": f"{service}-{part}"},
        "minReplicaCount": 2,
        "maxReplicaCount": most,
        "pollingInterval": 15,
        "fallback": dict(_FALLBACK),
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior}},
        "triggers": triggers,
    }
    return _object("ScaledObject", service, part, spec)


def _object(kind: str, service: str, part: str, spec: Object) -> Object:
    labels = {"app.kubernetes.io/component": part, "barberpro.com.ar/service": service}
    return {
        "apiVersion": _API,
        "kind": kind,
        "metadata": {"name": f"{service}-{part}", "labels": labels},
        "spec": spec,
    }
