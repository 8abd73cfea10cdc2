"""What a withdrawal's letters say: its tracking code, and the one-time code, closed. The version before plans none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("tracking_code", "code_key_id", "code_nonce", "code_sealed"):
        op.add_column("notification", sa.Column(name, sa.Text()))
