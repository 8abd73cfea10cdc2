"""Contacts travel closed."""

from base64 import b64encode

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.contacts import Contact, UnreadableContactError, Verification, seal, unseal
from contracts.ids import AccountId, new_id

KEY = bytes(range(32))
ANA = Contact("Ana Canario", "+5493515551234", "ana@example.com")


def test_what_was_sealed_is_opened_again() -> None:
    code = Verification("123456", "whatsapp", "2026-11-20T12:10:00Z", "psychology")
    contact = Contact(ANA.name, ANA.phone, ANA.email, code)
    assert unseal(seal(contact, AccountId(new_id()), 1, "k1", KEY), {"k1": KEY}) == contact


def test_a_code_that_names_no_vertical_is_still_read() -> None:
    contact = Contact(ANA.name, verification=Verification("123456", "email", "2026-11-20T12:10:00Z"))
    opened = unseal(seal(contact, AccountId(new_id()), 1, "k1", KEY), {"k1": KEY})
    assert opened.verification is not None
    assert opened.verification.vertical is None


def test_a_contact_moved_to_another_account_cannot_be_opened() -> None:
    stolen = seal(ANA, AccountId(new_id()), 1, "k1", KEY).model_copy(update={"account_id": AccountId(new_id())})
    with pytest.raises(UnreadableContactError):
        unseal(stolen, {"k1": KEY})


def test_a_contact_under_an_unknown_key_cannot_be_opened() -> None:
    with pytest.raises(UnreadableContactError):
        unseal(seal(ANA, AccountId(new_id()), 1, "k2", KEY), {"k1": KEY})


def test_what_a_newer_writer_adds_to_a_code_is_passed_over() -> None:
    account = AccountId(new_id())
    code = {"code": "123456", "channel": "email", "expires_at": "2026-11-20T12:10:00Z", "attempts": 3}
    plain = orjson.dumps({"name": ANA.name, "verification": code})
    nonce = bytes(12)
    sealed = AESGCM(KEY).encrypt(nonce, plain, str(account).encode())
    event = seal(ANA, account, 1, "k1", KEY).model_copy(
        update={"nonce": b64encode(nonce).decode(), "sealed": b64encode(sealed).decode()}
    )
    assert unseal(event, {"k1": KEY}).verification == Verification("123456", "email", "2026-11-20T12:10:00Z")
