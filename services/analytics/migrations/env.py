"""Alembic's entry point."""

from analytics.store import METADATA
from common.migration import run_migrations

run_migrations(METADATA)
