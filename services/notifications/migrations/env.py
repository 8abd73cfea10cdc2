"""Alembic's entry point."""

from common.migration import run_migrations
from notifications.store import METADATA

run_migrations(METADATA)
