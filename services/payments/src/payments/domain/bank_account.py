"""Argentine bank accounts and tax numbers, as their owners type them: checked by their own digits."""

from typing import Final, NewType

from stdnum.ar import cbu as cbu_rules
from stdnum.ar import cuit as cuit_rules
from stdnum.exceptions import InvalidFormat, ValidationError

from common.errors import Refusal

Cbu = NewType("Cbu", str)
"""22 digits, no separators. It is personal data: never in an event, a log, a case or the audit log."""
Cuit = NewType("Cuit", str)
"""11 digits, no separators; as personal as a CBU."""

_SHOWN: Final = 4
_VIRTUAL: Final = "000"


class InvalidCbu(Refusal):
    """The CBU or CVU has a wrong digit or a wrong length."""


class InvalidCuit(Refusal):
    """The CUIT or CUIL has a wrong digit or a wrong length."""


def parse_cbu(text: str) -> Cbu:
    """A CBU or CVU without its separators. InvalidCbu."""
    try:
        return Cbu(cbu_rules.validate(_typed(text)))
    except ValidationError:
        raise InvalidCbu from None


def parse_cuit(text: str) -> Cuit:
    """A CUIT or CUIL without its separators. InvalidCuit."""
    try:
        return Cuit(cuit_rules.validate(_typed(text)))
    except ValidationError:
        raise InvalidCuit from None


def _typed(text: str) -> str:
    """Without its blanks of whatever kind. ValidationError for what only looks like our digits."""
    bare = "".join(text.split())
    if not bare.isascii():
        raise InvalidFormat
    return bare


def is_virtual(cbu: Cbu) -> bool:
    """Whether it is a CVU: an account at a payment service and not at a bank. The digits are checked alike."""
    return cbu.startswith(_VIRTUAL)


def masked(cbu: Cbu) -> str:
    """All but the last four digits as asterisks."""
    return "*" * (len(cbu) - _SHOWN) + cbu[-_SHOWN:]
