"""The signing keys of identity and the gateway's self-signed certificate."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from localstack.layout import write_private

VALID_FOR = timedelta(days=820)  # clients refuse certificates that run for longer than 825 days
RENEW_BEFORE = timedelta(days=7)


def private_key_file(folder: Path, kid: str) -> Path:
    """Where the private key called `kid` is."""
    return folder / f"{kid}.pem"


def public_key_file(folder: Path, kid: str) -> Path:
    """Where its public half is: apart, because identity takes every .pem of the folder for a private key."""
    return folder / "public" / f"{kid}.pub.pem"


def ensure_signing_keys(folder: Path, kids: Sequence[str]) -> None:
    """An RSA pair of 2048 bits per key id, made when missing."""
    (folder / "public").mkdir(exist_ok=True)
    for kid in kids:
        if private_key_file(folder, kid).exists() and public_key_file(folder, kid).exists():
            continue
        key = _new_key()
        public_key_file(folder, kid).write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        write_private(private_key_file(folder, kid), _pem(key))


def ensure_gateway_certificate(path: Path, hosts: Sequence[str], now: datetime | None = None) -> None:
    """A certificate for localhost and `hosts` and its key in one file; made anew when a host or time is lacking."""
    moment = now or datetime.now(UTC)
    names = ("localhost", *sorted(set(hosts) - {"localhost"}))
    if path.exists() and _still_good(path, names, moment):
        return
    key = _new_key()
    certificate = _self_signed(key, names, moment)
    write_private(path, certificate.public_bytes(Encoding.PEM).decode() + _pem(key))


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _self_signed(key: rsa.RSAPrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "BarberPro local")])
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    alternatives = x509.SubjectAlternativeName([*(x509.DNSName(name) for name in names), loopback])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + VALID_FOR)
        .add_extension(
            alternatives,
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _still_good(path: Path, names: Sequence[str], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )
    return set(held) == set(names) and now + RENEW_BEFORE < certificate.not_valid_after_utc
