#!/bin/bash
exec java ${KAFKA_HEAP_OPTS:--Xmx512m -Xms256m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dlog4j2.configurationFile=/etc/kafka/docker/log4j2.xml -cp '/opt/kafka/libs/*' "$@"
