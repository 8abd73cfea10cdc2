"""The service levels of a running local stack, read by a Prometheus of their own."""
