#!/bin/bash
# As in the official image: Kafka's own wrapper makes server.properties of the variables KAFKA_* and formats the storage.
set -euo pipefail
export CLUSTER_ID=${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}
/opt/kafka/bin/kafka-run-class.sh kafka.docker.KafkaDockerWrapper setup \
    --default-configs-dir /opt/kafka/bin/defaults \
    --mounted-configs-dir /mnt/shared/config \
    --final-configs-dir /opt/kafka/config
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka /opt/kafka/config/server.properties
