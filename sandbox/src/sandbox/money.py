"""Integer centavos inside, a decimal number of pesos in MercadoPago's JSON, a text of pesos in the bank's."""

import re
from decimal import Decimal, InvalidOperation

MAX_MINOR = 10_000_000_000
_TEXT = re.compile(r"^[0-9]{1,12}\.[0-9]{2}\Z")


class BadAmountError(ValueError):
    """That is not an amount of pesos with at most two decimals."""


def to_minor(pesos: object) -> int:
    """Centavos of a JSON number. Raises BadAmountError for text, booleans, a third decimal, or an absurd size."""
    if isinstance(pesos, bool) or not isinstance(pesos, int | float | Decimal):
        raise BadAmountError(str(pesos))
    try:
        minor = Decimal(str(pesos)) * 100
        whole = int(minor)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise BadAmountError(str(pesos)) from error
    if minor != whole or abs(whole) > MAX_MINOR:
        raise BadAmountError(str(pesos))
    return whole


def to_number(minor: int) -> int | float:
    """The JSON number: whole pesos without decimals, as MercadoPago writes them."""
    return minor // 100 if minor % 100 == 0 else minor / 100


def from_text(pesos: object) -> int:
    """Centavos of the bank's `"1234.50"`. Raises BadAmountError for anything but digits with two decimals."""
    if not isinstance(pesos, str) or _TEXT.match(pesos) is None:
        raise BadAmountError(str(pesos))
    minor = int(pesos.replace(".", ""))
    if minor > MAX_MINOR:
        raise BadAmountError(pesos)
    return minor


def to_text(minor: int) -> str:
    """The bank's form: `"-1234.50"`."""
    pesos, centavos = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{pesos}.{centavos:02d}"


def in_pesos(minor: int) -> str:
    """For people in Argentina: `$ 12.500,50`."""
    pesos, centavos = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}$ {pesos:,}".replace(",", ".") + f",{centavos:02d}"


def fee_of(amount: int, bps: int) -> int:
    """MercadoPago's fee in centavos, rounded half up."""
    return (amount * bps + 5000) // 10_000
