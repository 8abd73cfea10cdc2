"""Tables and statements, by what they are about."""

from identity.store.tables import METADATA

__all__ = ["METADATA"]
