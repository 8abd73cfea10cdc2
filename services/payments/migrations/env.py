"""Alembic's entry point."""

from common.migration import run_migrations
from payments.store import METADATA

run_migrations(METADATA)
