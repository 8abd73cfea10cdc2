"""E-mail addresses, phone numbers and names in the one form in which they are kept and compared."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NewType

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from identity.domain.refusals import InvalidEmail, InvalidName, InvalidPhone

Email = NewType("Email", str)
"""Lower-case, ASCII."""
Phone = NewType("Phone", str)
"""E.164; an Argentine one has the mobile 9."""
PersonName = NewType("PersonName", str)

_HOME: Final = "AR"
_HOME_CODE: Final = 54
_MOBILE_PREFIX: Final = 9 * 10**10
_FIXED: Final = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_LONGEST_EMAIL: Final = 254
_LONGEST_LOCAL: Final = 64
_LONGEST_NAME: Final = 80
_LETTERS_AND_MARKS: Final = "LM"
_DIGITS: Final = "Nd"
_NAME_PUNCTUATION: Final = " '.,-"
_TYPED_APOSTROPHE: Final = "\u2019"
_DOT_OF_A_DOMAIN: Final = re.compile(r"\.(?=[^\s.,'-]{2})")
"""WhatsApp and mail programs make a link of `evil.example`, not of `evil. example`; initials (`J.R.`) stay together."""
_LONGEST_PHONE: Final = 40
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL: Final = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A contact in its closed form: key id, and base64 of nonce and ciphertext."""

    key_id: str
    nonce: str
    box: str


def email_from(text: str) -> Email:
    """The dot-atom form of RFC 5321 without quoted parts or address literals; InvalidEmail otherwise."""
    email = text.strip().lower()
    match = _EMAIL.fullmatch(email) if len(email) <= _LONGEST_EMAIL else None
    if match is None or len(match.group(1)) > _LONGEST_LOCAL:
        raise InvalidEmail
    return Email(email)


def phone_from(text: str) -> Phone:
    """A mobile number, as one dials or writes it; InvalidPhone otherwise.

    Whoever asks for the number asks for a mobile, so an Argentine one without the 9 gets it: without it the same
    digits name a fixed line, which no message reaches.
    Source: Plan Fundamental de Numeración Nacional; libphonenumber reads `0351 15 512-3456` but not the bare form.
    """
    try:
        number = phonenumbers.parse(text, _HOME) if len(text) <= _LONGEST_PHONE else None
    except NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidPhone
    return Phone(phonenumbers.format_number(_as_mobile(number), PhoneNumberFormat.E164))


def name_from(text: str) -> PersonName:
    """One line of letters of any script, digits, spaces and `'.,-`; NFC, white space single; InvalidName otherwise.

    A name goes into messages that we sign, and strangers write it: nothing in it may become a link or a format.
    """
    written = unicodedata.normalize("NFC", text).replace(_TYPED_APOSTROPHE, "'")
    name = _DOT_OF_A_DOMAIN.sub(". ", " ".join(written.split()))
    if not 0 < len(name) <= _LONGEST_NAME or not all(_may_be_in_a_name(character) for character in name):
        raise InvalidName
    return PersonName(name)


def _may_be_in_a_name(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in _LETTERS_AND_MARKS or category == _DIGITS or character in _NAME_PUNCTUATION


def _as_mobile(number: PhoneNumber) -> PhoneNumber:
    if number.country_code != _HOME_CODE or phonenumbers.number_type(number) not in _FIXED:
        return number
    mobile = PhoneNumber(country_code=_HOME_CODE, national_number=_MOBILE_PREFIX + (number.national_number or 0))
    if not phonenumbers.is_valid_number(mobile):
        raise InvalidPhone
    return mobile
