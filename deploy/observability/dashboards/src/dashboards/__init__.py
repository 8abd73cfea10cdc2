"""What the programs count, shown: dashboards for Grafana, and the service levels of a running local stack."""
