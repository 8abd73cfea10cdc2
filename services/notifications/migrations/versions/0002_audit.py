"""The audit log. The version before does not look at it."""

from common.migration import lay_audit

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    lay_audit()
