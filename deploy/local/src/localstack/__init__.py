"""The local stack: PostgreSQL, Kafka, HAProxy, the sandbox and the services as native processes."""
