#!/bin/bash
# What the official image's entry point does of what docker-compose.yml and the tests ask for: a cluster made once under
# PGDATA for POSTGRES_USER with POSTGRES_PASSWORD and the database POSTGRES_DB, then the server as user postgres.
set -euo pipefail
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

user=${POSTGRES_USER:-postgres}
install -d -o postgres -g postgres -m 0700 "$PGDATA"
install -d -o postgres -g postgres -m 2775 /var/run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?is needed to make a cluster}"
    password=$(as_postgres mktemp)
    echo "$POSTGRES_PASSWORD" > "$password"
    as_postgres initdb --username="$user" --pwfile="$password" \
        --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    rm "$password"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    if [ "${POSTGRES_DB:-$user}" != postgres ]; then
        echo "CREATE DATABASE \"${POSTGRES_DB:-$user}\"" | as_postgres postgres --single -D "$PGDATA" -j postgres
    fi
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
