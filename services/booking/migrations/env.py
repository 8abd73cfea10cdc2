"""Alembic's entry point."""

from booking.store import METADATA
from common.migration import run_migrations

run_migrations(METADATA)
