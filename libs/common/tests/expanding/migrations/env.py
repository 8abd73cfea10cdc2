"""Alembic's entry point."""

from sqlalchemy import MetaData

from common.migration import run_migrations

run_migrations(MetaData())
