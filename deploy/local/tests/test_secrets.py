"""Secrets, keys and the certificate: generated once, private, renewed when they must be."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from localstack import secrets
from localstack.certificates import VALID_FOR, ensure_gateway_certificate, ensure_signing_keys
from localstack.errors import StackError
from localstack.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.make()
    return made


def test_secrets_are_generated_once_and_read_back(layout: Layout) -> None:
    first = secrets.ensure(layout, ["booking_owner"])
    assert secrets.ensure(layout, ["booking_owner"]) == first
    assert len(base64.b64decode(first.contact_keys[first.contact_key_id])) == 32


def test_a_secret_that_an_older_version_did_not_know_is_generated_once(layout: Layout) -> None:
    secrets.ensure(layout, [])
    held = json.loads(layout.secrets.read_text())
    del held["link_key"]
    layout.secrets.write_text(json.dumps(held))
    assert secrets.ensure(layout, []).link_key == secrets.ensure(layout, []).link_key


def test_nobody_else_may_read_them(layout: Layout) -> None:
    secrets.ensure(layout, [])
    assert layout.secrets.stat().st_mode & 0o777 == 0o600


def test_a_new_role_gets_a_password_and_the_old_keep_theirs(layout: Layout) -> None:
    first = secrets.ensure(layout, ["booking_owner"])
    second = secrets.ensure(layout, ["booking_owner", "booking_dentist"])
    assert second.roles["booking_owner"] == first.roles["booking_owner"]
    assert len(second.roles["booking_dentist"]) >= 32


def test_data_without_the_secrets_that_open_it_is_refused(layout: Layout) -> None:
    (layout.data / "postgres").mkdir()
    with pytest.raises(StackError, match=r"secrets\.json is gone, but the data it opens is not"):
        secrets.ensure(layout, [])


@pytest.mark.parametrize("text", ["", "[]", '{"roles": {}}', '{"unknown": 1, "signing_key_ids": []}'])
def test_a_damaged_file_is_said_to_be_damaged(layout: Layout, text: str) -> None:
    layout.secrets.write_text(text)
    with pytest.raises(StackError, match="is damaged"):
        secrets.ensure(layout, [])


def test_signing_keys_stay_and_the_private_half_is_private(layout: Layout) -> None:
    ensure_signing_keys(layout.keys, ("one", "two"))
    before = {path.name: path.read_bytes() for path in layout.keys.rglob("*.pem")}
    ensure_signing_keys(layout.keys, ("one", "two"))
    assert {path.name: path.read_bytes() for path in layout.keys.rglob("*.pem")} == before
    assert sorted(path.name for path in layout.keys.glob("*.pem")) == ["one.pem", "two.pem"]
    assert sorted(before) == ["one.pem", "one.pub.pem", "two.pem", "two.pub.pem"]
    assert (layout.keys / "one.pem").stat().st_mode & 0o777 == 0o600


def test_the_certificate_names_every_host_and_is_made_anew_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "gateway.pem"
    ensure_gateway_certificate(path, ["barber.localhost"])
    first = path.read_bytes()
    ensure_gateway_certificate(path, ["barber.localhost"])
    assert path.read_bytes() == first
    ensure_gateway_certificate(path, ["barber.localhost", "vet.localhost"])
    assert hosts_of(path) == ["localhost", "barber.localhost", "vet.localhost"]


def test_a_certificate_that_runs_out_is_renewed(tmp_path: Path) -> None:
    path = tmp_path / "gateway.pem"
    now = datetime.now(UTC)
    ensure_gateway_certificate(path, [], now - VALID_FOR + timedelta(days=1))
    old = path.read_bytes()
    ensure_gateway_certificate(path, [], now)
    assert path.read_bytes() != old


def hosts_of(path: Path) -> list[str]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return alternatives.get_values_for_type(x509.DNSName)
