"""How somebody says it can be reached, in the one form in which contacts are compared, and the marks of it.

A mark is a keyed hash: contacts are compared here and kept nowhere. Every contact key has a sub-key for marks, so that
keys can be changed while people ask.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from common.errors import Refusal

_HOME: Final = "AR"
_HOME_CODE: Final = 54
_MOBILE_PREFIX: Final = 9 * 10**10
_FIXED: Final = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_LONGEST_PHONE: Final = 40
_LONGEST_EMAIL: Final = 254
_EMAIL: Final = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]+\.[^\s@<>\"]+")
_SUBKEY: Final = b"barberpro.payments.mark"
_HASH: Final = "sha256"


class Channel(StrEnum):
    """By which a code travels; notifications' words."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"


class InvalidReach(Refusal):
    """That is neither an e-mail address nor a phone number."""


@dataclass(frozen=True, slots=True, repr=False)
class Reach:
    """One address, as it is compared. It has no repr: never log it."""

    channel: Channel
    value: str

    @classmethod
    def of(cls, email: str | None, phone: str | None) -> Self:
        """What was typed; InvalidReach unless it is just one of the two."""
        if (email is None) == (phone is None):
            raise InvalidReach
        return cls(Channel.EMAIL, _email(email)) if email is not None else cls(Channel.WHATSAPP, _phone(phone or ""))

    @classmethod
    def read(cls, text: str) -> Self:
        """One field for both: what has an @ is an e-mail address."""
        return cls.of(text, None) if "@" in text else cls.of(None, text)


class Marker:
    """`keys`: key id -> 32 bytes."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._subkeys = {key_id: hmac.digest(key, _SUBKEY, _HASH) for key_id, key in sorted(keys.items())}

    def mark(self, key_id: str, reach: Reach) -> bytes:
        """Under one key; KeyError for one we do not hold."""
        return hmac.digest(self._subkeys[key_id], f"{reach.channel}:{reach.value}".encode(), _HASH)

    def marks(self, reach: Reach) -> list[bytes]:
        """Under every key, in the order of the key ids."""
        return [self.mark(key_id, reach) for key_id in self._subkeys]

    def code_mark(self, subject: object, code: str) -> bytes:
        """What is kept of a one-time code."""
        return self._code_marks(subject, code)[0]

    def is_code(self, subject: object, code: str, mark: bytes | None) -> bool:
        """Whether the mark is of that code; also with none kept every hash is made, so that both take as long."""
        found = [hmac.compare_digest(each, mark or b"") for each in self._code_marks(subject, code)]
        return any(found)

    def _code_marks(self, subject: object, code: str) -> list[bytes]:
        return [hmac.digest(subkey, f"code:{subject}:{code}".encode(), _HASH) for subkey in self._subkeys.values()]


def _email(text: str) -> str:
    email = text.strip().lower()
    if len(email) > _LONGEST_EMAIL or not email.isprintable() or _EMAIL.fullmatch(email) is None:
        raise InvalidReach
    return email


def _phone(text: str) -> str:
    """E.164 as identity keeps it: an Argentine number is a mobile, with its 9."""
    try:
        number = phonenumbers.parse(text, _HOME) if len(text) <= _LONGEST_PHONE else None
    except NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidReach
    if number.country_code == _HOME_CODE and phonenumbers.number_type(number) in _FIXED:
        number = PhoneNumber(country_code=_HOME_CODE, national_number=_MOBILE_PREFIX + (number.national_number or 0))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
