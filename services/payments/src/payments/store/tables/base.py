"""What every table is made of."""

from typing import Final

from sqlalchemy import MetaData, text
from sqlalchemy.dialects.postgresql import TIMESTAMP

METADATA: Final = MetaData()
INSTANT: Final = TIMESTAMP(timezone=True)
NOW: Final = text("app_now()")
