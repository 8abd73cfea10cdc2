"""What a card number gives away: its brand and its issuer. The documented test cards come first."""

from dataclasses import dataclass

BIN_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Brand:
    """A range of card numbers: method as in the catalog, the bank behind it, and the length of its security code."""

    prefix: str
    method: str
    issuer_id: str
    issuer: str
    code_length: int = 3


BRANDS = (
    Brand("503175", "master", "3", "Mercado Pago"),
    Brand("450995", "visa", "310", "Banco Santander"),
    Brand("371180", "amex", "310", "Banco Santander", code_length=4),
    Brand("528733", "debmaster", "288", "Banco Galicia"),
    Brand("400276", "debvisa", "288", "Banco Galicia"),
    Brand("589562", "naranja", "688", "Naranja X"),
    Brand("589657", "cabal", "1", "Otro"),
    Brand("50", "maestro", "1", "Otro"),
    Brand("34", "amex", "1", "Otro", code_length=4),
    Brand("37", "amex", "1", "Otro", code_length=4),
    Brand("2", "master", "1", "Otro"),
    Brand("5", "master", "1", "Otro"),
    Brand("4", "visa", "1", "Otro"),
)
"""The first prefix that fits decides; the last ones stand for every other bank."""


def brand_of(digits: str) -> Brand | None:
    """The brand of a number or of its first six digits; None for what no bank issues here."""
    if not digits.isdecimal() or len(digits) < BIN_LENGTH:
        return None
    return next((brand for brand in BRANDS if digits.startswith(brand.prefix)), None)


def brand_by_method(method: str) -> Brand | None:
    """A brand for a method when no card is known yet."""
    return next((brand for brand in BRANDS if brand.method == method), None)


def luhn_holds(number: str) -> bool:
    """Whether the last digit of a card number checks the others."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
