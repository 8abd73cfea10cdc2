"""Access tokens: RS256, typed `at+jwt` (RFC 9068), with every live key in the published set."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from contracts.ids import new_id

ACCESS_SECONDS: Final = 900
_ALGORITHM: Final = "RS256"
_SMALLEST_KEY: Final = 2048
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class InvalidSigningKeyError(ValueError):
    """A file among the signing keys is not a usable RSA private key."""


@dataclass(frozen=True, slots=True, repr=False)
class AccessToken:
    """A signed token and its life in seconds. No repr: it is a credential."""

    text: str
    expires_in: int


def load_keys(folder: Path) -> Mapping[str, RSAPrivateKey]:
    """Key id -> key for every `<key id>.pem`; InvalidSigningKeyError names the file, never its content."""
    return {path.stem: _load(path) for path in sorted(folder.glob("*.pem"))}


class Signer:
    """Signs with one key; publishes all."""

    def __init__(self, keys: Mapping[str, RSAPrivateKey], key_id: str, issuer: str, audience: str) -> None:
        self._key, self._key_id = keys[key_id], key_id
        self._issuer, self._audience = issuer, audience
        self._jwks = {"keys": [_public(kid, key) for kid, key in keys.items()]}

    def jwks(self) -> dict[str, Any]:
        """The public halves (RFC 7517)."""
        return self._jwks

    def sign(self, account_id: UUID, scopes: Sequence[str]) -> AccessToken:
        """A token good from now on. The clock is the machine's, as it is for whoever checks the token."""
        now = int(time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(account_id),
            "iat": now,
            "exp": now + ACCESS_SECONDS,
            "scope": " ".join(scopes),
            "jti": str(new_id()),
        }
        text = jwt.encode(claims, self._key, _ALGORITHM, headers={"kid": self._key_id, "typ": "at+jwt"})
        return AccessToken(text, ACCESS_SECONDS)


def _load(path: Path) -> RSAPrivateKey:
    if not _KEY_ID.fullmatch(path.stem):
        raise InvalidSigningKeyError(f"{path.name}: a key id has letters, digits, _ and -")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidSigningKeyError(f"{path.name}: not a readable PEM private key") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _SMALLEST_KEY:
        raise InvalidSigningKeyError(f"{path.name}: not an RSA key of at least {_SMALLEST_KEY} bits")
    return key


def _public(key_id: str, key: RSAPrivateKey) -> dict[str, Any]:
    numbers = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"kty": "RSA", "use": "sig", "alg": _ALGORITHM, "kid": key_id, "n": numbers["n"], "e": numbers["e"]}
