"""What only the cluster knows: how many pods there are, and what waits for them. No local stack has any of it."""

from observability.panels import Board, Row, Unit, lines


def cluster() -> Board:
    """The dashboard of who scales it; of all namespaces of ours."""
    pods = 'sum by (namespace, deployment) (kube_deployment_status_replicas{namespace=~"barberpro.*"})'
    waiting = "sum by (consumergroup) (kafka_consumergroup_lag)"
    asked = 'sum by (namespace, service) (rate(http_requests_total{namespace=~"barberpro.*"}[$__rate_interval]))'
    behind = "max by (namespace, pod) (cnpg_pg_replication_lag)"
    archived = "max by (namespace, pod) (cnpg_pg_stat_archiver_seconds_since_last_archival)"
    panels = (
        lines("Pods", Unit.COUNT, pods, "{{namespace}} {{deployment}}", "By Deployment."),
        lines("Requests", Unit.REQUESTS, asked, "{{namespace}} {{service}}", "What the scalers of APIs go by."),
        lines("Records waiting", Unit.COUNT, waiting, "{{consumergroup}}", "What the scalers of workers go by."),
        lines("Memory", Unit.SHARE, "max by (namespace, pod) (pod:memory:ratio)", "{{pod}}", "Of its limit.", 0.8),
        lines("Replicas behind", Unit.SECONDS, behind, "{{pod}}", "What a failover would wait for.", 30),
        lines("Not archived for", Unit.SECONDS, archived, "{{pod}}", "What a restore would lose.", 900),
    )
    return Board("barberpro-cluster", "BarberPro: pods, lag and rate", "How it grows.", (Row("Pods and lag", panels),))
