"""Who gets through with which token: every forgery is refused, both live keys count, and visitors pass without any."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from time import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from services.gateway.tests.running import ACCOUNT, KIDS, Gateway, Signer, bearer
from services.gateway.tests.stand_in import StandIn

from localstack.certificates import public_key_file

CLOSED = (
    "/api/v1/me",
    "/api/v1/me/export",
    "/api/v1/payouts",
    "/api/v1/metrics",
    "/api/v1/providers/7/earnings",
    "/api/v1/providers/7/payouts",
    "/api/v1/providers/7/payout-account",
    "/api/v1/providers/7/disputes",
    "/api/v1/disputes/217/documents",
    "/api/v1/analytics/dashboard",
    "/api/v1/analytics/dashboard/7",
    "/api/v1/analytics/export/7/csv",
    "/api/v1/monitoring/launch-report",
)
OPEN = (
    "/api/v1/providers",
    "/api/v1/availability",
    "/api/v1/bookings/by-link/7",
    "/api/v1/payments/methods",
    "/api/v1/subscriptions/plans",
    "/api/v1/analytics/action",
    "/api/health",
    "/.well-known/jwks.json",
    "/docs",
)
Forge = Callable[[Signer], str]


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def parts(signer: Signer, **header: object) -> tuple[str, str]:
    """A header and claims as they travel, not signed."""
    head = {"alg": "RS256", "typ": "at+jwt", "kid": "one"} | header
    return b64(json.dumps(head).encode()), b64(json.dumps(signer.claims()).encode())


def unsigned(signer: Signer) -> str:
    return ".".join(parts(signer, alg="none")) + "."


def signed_with_the_public_key(signer: Signer) -> str:
    head, claims = parts(signer, alg="HS256")
    secret = public_key_file(signer.folder, "one").read_bytes()
    key = jwt.get_algorithm_by_name("HS256")
    # PyJWT itself refuses to sign with a public key, so the primitive does.
    return f"{head}.{claims}.{b64(key.sign(f'{head}.{claims}'.encode(), secret))}"


def signed_by_a_stranger(signer: Signer) -> str:
    key = rsa.generate_private_key(65537, 2048)
    return jwt.encode(signer.claims(), key, "RS256", headers={"kid": "one", "typ": "at+jwt"})


def signed_by_the_key_it_brings(signer: Signer) -> str:
    key = rsa.generate_private_key(65537, 2048)
    public = jwt.get_algorithm_by_name("RS256").to_jwk(key.public_key(), as_dict=True)
    headers = {"kid": "one", "typ": "at+jwt", "jwk": public, "jku": "https://evil.example/jwks.json"}
    return jwt.encode(signer.claims(), key, "RS256", headers=headers)


def with_other_claims(signer: Signer) -> str:
    head, _, signature = signer.token().split(".")
    return f"{head}.{b64(json.dumps(signer.claims(scope='operator:*')).encode())}.{signature}"


FORGERIES: Mapping[str, Forge] = {
    "alg none": unsigned,
    "alg none with a signature": lambda signer: unsigned(signer) + "AAAA",
    "HS256 with the public key": signed_with_the_public_key,
    "RS512": lambda signer: signer.token(header={"alg": "RS512"}),
    "a stranger's key": signed_by_a_stranger,
    "a key that the token brings": signed_by_the_key_it_brings,
    "other claims under a good signature": with_other_claims,
    "no signature": lambda signer: signer.token().rpartition(".")[0] + ".",
    "half a signature": lambda signer: signer.token()[:-100],
    "two parts": lambda signer: signer.token().rpartition(".")[0],
    "four parts": lambda signer: signer.token() + ".AAAA",
    "an unknown kid": lambda signer: signer.token(header={"kid": "three"}),
    "the other key's kid": lambda signer: signer.token("two", header={"kid": "one"}),
    "a kid that is a path": lambda signer: signer.token(header={"kid": f"../../../../{signer.folder}/one"}),
    "a kid that is /dev/null": lambda signer: signer.token(header={"kid": "../../../dev/null"}),
    "a kid that is an array": lambda signer: unsigned(signer).replace(*_kid_as_array(signer)),
    "an ordinary JWT's typ": lambda signer: signer.token(header={"typ": "JWT"}),
    "a refresh token's typ": lambda signer: signer.token(header={"typ": "rt+jwt"}),
    "no typ": lambda signer: signer.token(header={"typ": None}),
    "a future nbf": lambda signer: signer.token(nbf=int(time()) + 300),
    "another issuer": lambda signer: signer.token(iss="https://evil.example"),
    "no issuer": lambda signer: signer.token(iss=None),
    "another audience": lambda signer: signer.token(aud="other"),
    "no audience": lambda signer: signer.token(aud=None),
    "no subject": lambda signer: signer.token(sub=None),
    "an endless subject": lambda signer: signer.token(sub="x" * 65),
    "no end": lambda signer: signer.token(exp=None),
    "nonsense": lambda _: "nonsense",
    "dots": lambda _: "..",
    "broken JSON": lambda _: f"{b64(b'{')}.{b64(b'{')}.{b64(b'x')}",
    "deep JSON": lambda _: f"{b64(b'[' * 3000)}.{b64(b'[' * 3000)}.{b64(b'x')}",
}
# Nobody but identity can make these, and it never would; they are refused all the same.
ODD_ENDS = {"text": str(int(time()) + 600), "a fraction": time() + 600.5, "a list": [int(time()) + 600], "true": True}


def _kid_as_array(signer: Signer) -> tuple[str, str]:
    return parts(signer, alg="none")[0], parts(signer, kid=["one"])[0]


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:barberpro:problem:unauthenticated"
    assert answer.json()["detail"] == "Iniciá sesión para continuar."


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_token_is_refused_even_where_none_is_needed(
    client: httpx.AsyncClient, signer: Signer, stand_ins: Mapping[str, StandIn], forgery: str
) -> None:
    before = len(stand_ins["booking"].received)
    assert_refused(await client.get("/api/v1/bookings", headers=bearer(FORGERIES[forgery](signer))))
    assert len(stand_ins["booking"].received) == before


@pytest.mark.parametrize("end", ODD_ENDS.values(), ids=ODD_ENDS)
async def test_an_end_must_be_a_whole_number(client: httpx.AsyncClient, signer: Signer, end: object) -> None:
    assert_refused(await client.get("/api/v1/bookings", headers=bearer(signer.token(exp=end))))


@pytest.mark.parametrize("ago", [0, 1, 3600])
async def test_an_expired_token_is_refused(client: httpx.AsyncClient, signer: Signer, ago: int) -> None:
    assert_refused(await client.get("/api/v1/bookings", headers=bearer(signer.token(exp=int(time()) - ago))))


@pytest.mark.parametrize("kid", KIDS)
async def test_both_live_keys_count(client: httpx.AsyncClient, signer: Signer, kid: str) -> None:
    token = signer.token(kid, nbf=int(time()) - 1)
    answer = await client.get("/api/v1/me", headers=bearer(token))
    assert answer.status_code == 200
    assert answer.json()["headers"]["authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Token {}", "{}", "Bearer {} {}", "Bearer {},Bearer {}"])
async def test_anything_but_one_bearer_token_is_refused(client: httpx.AsyncClient, signer: Signer, value: str) -> None:
    answer = await client.get("/api/v1/bookings", headers={"Authorization": value.replace("{}", signer.token())})
    assert_refused(answer)


async def test_two_tokens_are_refused(client: httpx.AsyncClient, signer: Signer) -> None:
    headers = [("Authorization", f"Bearer {signer.token()}"), ("Authorization", f"Bearer {signer.token('two')}")]
    assert_refused(await client.get("/api/v1/bookings", headers=headers))


@pytest.mark.parametrize("path", CLOSED)
async def test_a_closed_path_needs_a_token(client: httpx.AsyncClient, signer: Signer, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["detail"] == "Iniciá sesión para continuar."
    assert (await client.get(path, headers=bearer(signer.token()))).status_code == 200


@pytest.mark.parametrize("path", OPEN)
async def test_visitors_pass_where_the_service_decides(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert "authorization" not in answer.json()["headers"]


async def test_a_webhook_is_not_judged_by_a_token(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/webhooks/mercadopago?data.id=7", headers=bearer("nonsense"))
    assert answer.status_code == 200
    assert "authorization" not in answer.json()["headers"]


async def test_what_was_judged_is_logged_without_the_token(
    gateway: Gateway, client: httpx.AsyncClient, signer: Signer
) -> None:
    expected = {
        "auth-good-1": ("good", signer.token()),
        "auth-expired-1": ("expired", signer.token(exp=1)),
        "auth-bad-1": ("bad", unsigned(signer)),
    }
    for request_id, (judgement, token) in expected.items():
        await client.get("/api/v1/bookings", headers={"X-Request-Id": request_id, **bearer(token)})
        line = json.dumps(await gateway.logged(request_id))
        assert f'"auth": "{judgement}"' in line
        assert token.split(".")[1] not in line
        assert ACCOUNT not in line
