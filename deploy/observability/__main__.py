"""`python -m deploy.observability` prints the rules as a PrometheusRule, which the Prometheus operator loads."""

import sys
from typing import Any

import yaml
from deploy.observability.rules import groups


def prometheus_rule() -> dict[str, Any]:
    """All groups in one object."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "barberpro",
            "namespace": "barberpro",
            "labels": {"app.kubernetes.io/part-of": "barberpro"},
        },
        "spec": {"groups": groups()},
    }


if __name__ == "__main__":
    yaml.safe_dump(prometheus_rule(), sys.stdout, sort_keys=False, width=120)
