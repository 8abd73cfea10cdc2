"""CBU and CUIT: the check digits of Argentina's account and tax numbers."""

import hashlib

CBU_LENGTH = 22
_CBU_WEIGHTS = ((7, 1, 3, 9, 7, 1, 3), (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3))
_CUIT_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_CUIT_KINDS = ("20", "23", "24", "27", "30", "33", "34", "50", "51", "55")
"""People, companies, and those from abroad."""


def cbu_holds(text: str) -> bool:
    """Whether both blocks of a CBU or a CVU are checked by their last digits."""
    if len(text) != CBU_LENGTH or not text.isascii() or not text.isdecimal():
        return False
    return text == whole_cbu(text[:7], text[8:21])


def whole_cbu(bank: str, account: str) -> str:
    """The CBU of a block of seven and a block of thirteen digits, with a check digit after each."""
    digits = (_cbu_digit(block, weights) for block, weights in zip((bank, account), _CBU_WEIGHTS, strict=True))
    return "".join(block + digit for block, digit in zip((bank, account), digits, strict=True))


def cuit_holds(text: str) -> bool:
    """Whether a CUIT without dashes is of a known kind, and its last digit checks the others."""
    if len(text) != 11 or not text.isascii() or not text.isdecimal():
        return False
    return text.startswith(_CUIT_KINDS) and text == text[:10] + _cuit_digit(text[:10])


def holder_of(cbu: str) -> str:
    """The CUIT of whoever holds an account nobody registered: always the same for the same CBU."""
    document = int(hashlib.sha256(cbu.encode()).hexdigest(), 16) % 90_000_000 + 10_000_000
    return f"20{document}" + _cuit_digit(f"20{document}")


def _cbu_digit(block: str, weights: tuple[int, ...]) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(block, weights, strict=True))
    return str((10 - total % 10) % 10)


def _cuit_digit(ten: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(ten, _CUIT_WEIGHTS, strict=True))
    return {11: "0", 10: "9"}.get(11 - total % 11, str(11 - total % 11))
