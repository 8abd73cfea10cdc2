"""Access tokens, good ones and forged ones, made with the stack's own keys."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, Final, Self
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from identity.crypto.signing import load_keys
from localstack.certificates import public_key_file
from localstack.environment import TOKEN_AUDIENCE, TOKEN_ISSUER

_STRANGER: Final = rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True, slots=True)
class Mint:
    """Signs with one of identity's keys. None takes a claim or a header away."""

    kid: str
    key: rsa.RSAPrivateKey
    public_key: bytes
    """As the gateway has it in a file, and anybody can make it of the JWKS."""

    @classmethod
    def at(cls, keys: Path, kid: str) -> Self:
        """With the key of that id."""
        return cls(kid, load_keys(keys)[kid], public_key_file(keys, kid).read_bytes())

    def token(
        self,
        account: UUID | None = None,
        scope: str = "client",
        header: Mapping[str, object] | None = None,
        **claims: object,
    ) -> str:
        """As identity gives it, but for what is said here."""
        return jwt.encode(self._claims(account, scope, claims), self.key, "RS256", headers=self._header(header or {}))

    def by_a_stranger(self, header: Mapping[str, object]) -> str:
        """Signed with a key that is not ours."""
        return jwt.encode(self._claims(None, "operator:*", {}), _STRANGER, "RS256", headers=self._header(header))

    def unsigned(self, **header: object) -> str:
        """Header and claims, with the dot behind which the signature would stand."""
        parts = (self._header(header), self._claims(None, "operator:*", {}))
        return "".join(f"{_b64(json.dumps(part).encode())}." for part in parts)

    def _claims(self, account: UUID | None, scope: str, changes: Mapping[str, object]) -> dict[str, Any]:
        now = int(time())
        own = {"iss": TOKEN_ISSUER, "aud": TOKEN_AUDIENCE, "sub": str(account or uuid4()), "scope": scope}
        return _given({**own, "iat": now, "exp": now + 600, **changes})

    def _header(self, changes: Mapping[str, object]) -> dict[str, Any]:
        return _given({"alg": "RS256", "typ": "at+jwt", "kid": self.kid, **changes})


def _signed_with_the_public_key(mint: Mint) -> str:
    text = mint.unsigned(alg="HS256").rstrip(".")
    # PyJWT refuses to take a public key for a secret, so the primitive does it.
    return f"{text}.{_b64(jwt.get_algorithm_by_name('HS256').sign(text.encode(), mint.public_key))}"


def _other_claims(mint: Mint) -> str:
    head, _, signature = mint.token().split(".")
    return f"{head}.{mint.unsigned().split('.')[1]}.{signature}"


def _stranger_s_jwk() -> object:
    return jwt.get_algorithm_by_name("RS256").to_jwk(_STRANGER.public_key(), as_dict=True)


FORGERIES: Final[Mapping[str, Callable[[Mint], str]]] = {
    "alg none": lambda mint: mint.unsigned(alg="none"),
    "alg none in capitals": lambda mint: mint.unsigned(alg="NONE"),
    "HS256 signed with the public key": _signed_with_the_public_key,
    "a stranger's key": lambda mint: mint.by_a_stranger({}),
    "a stranger's key with its jku": lambda mint: mint.by_a_stranger({"jku": "http://127.0.0.1:1/jwks.json"}),
    "a stranger's key with its jwk": lambda mint: mint.by_a_stranger({"jwk": _stranger_s_jwk()}),
    "a stranger's key without a kid": lambda mint: mint.by_a_stranger({"kid": None}),
    "a kid that is a path": lambda mint: mint.by_a_stranger({"kid": "../../../../../../dev/null"}),
    "a kid that is SQL": lambda mint: mint.by_a_stranger({"kid": f"x' UNION SELECT '{mint.kid}"}),
    "an unknown kid": lambda mint: mint.token(header={"kid": "nobody-s"}),
    "no signature": lambda mint: mint.unsigned(),
    "other claims under a good signature": _other_claims,
    "expired": lambda mint: mint.token(exp=int(time()) - 1),
    "no expiry": lambda mint: mint.token(exp=None),
    "not yet good": lambda mint: mint.token(nbf=int(time()) + 300),
    "another audience": lambda mint: mint.token(aud="other"),
    "no audience": lambda mint: mint.token(aud=None),
    "another issuer": lambda mint: mint.token(iss="https://evil.example"),
    "no issuer": lambda mint: mint.token(iss=None),
    "an ordinary JWT's typ": lambda mint: mint.token(header={"typ": "JWT"}),
    "no typ": lambda mint: mint.token(header={"typ": None}),
    "no subject": lambda mint: mint.token(sub=None),
    "nonsense": lambda _: "nonsense",
    "a token of nothing but dots": lambda _: "..",
    "deep JSON": lambda _: f"{_b64(b'[' * 2000)}.{_b64(b'[' * 2000)}.{_b64(b'x')}",
}


def _given(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
