"""`/v1/card_tokens`: a card in exchange for a token that pays once, within seven days.

The number and the security code are judged and forgotten: only first six and last four digits are kept.
"""

import secrets
import sqlite3
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from sandbox import clock
from sandbox.mercadopago import errors
from sandbox.mercadopago.brands import BIN_LENGTH, Brand, brand_of, luhn_holds
from sandbox.mercadopago.catalog import holder_in
from sandbox.mercadopago.gate import Body, JsonObject, answer, as_json, require_public_key
from sandbox.store import Store
from sandbox.world import Here

router = APIRouter(
    prefix="/v1/card_tokens", tags=["MercadoPago: card tokens"], dependencies=[Depends(require_public_key)]
)

_LIFE_MS = 7 * clock.DAY_MS
_LENGTHS = range(13, 20)


@dataclass(frozen=True, slots=True)
class CardToken:
    """What is kept of a card. `holder` is a key of HOLDERS, not a person's name."""

    id: str
    bin: str
    last_four: str
    number_length: int
    method: str
    issuer_id: str
    holder: str
    expires_month: int
    expires_year: int
    public_key: str
    created_ms: int
    due_ms: int
    used_ms: int | None = None

    def status(self, now: int) -> str:
        """`active`, `used` or `expired`."""
        if self.used_ms is not None:
            return "used"
        return "active" if now < self.due_ms else "expired"

    def face(self) -> JsonObject:
        """The card as payments show it."""
        return {
            "first_six_digits": self.bin,
            "last_four_digits": self.last_four,
            "expiration_month": self.expires_month,
            "expiration_year": self.expires_year,
        }


@router.post("", status_code=201)
async def create_card_token(world: Here, request: Request, body: Body) -> Response:
    """`{"card_number", "security_code", "expiration_month", "expiration_year", "cardholder"}` -> 201 the token.

    Refused with the documented codes: 205 and E301 number, 208, 209, 325, 326 expiry, 221 and 316 holder,
    214 and 324 document, 224 and E302 security code.
    """
    now = clock.now_ms()
    made = _read(body, request.query_params.get("public_key", ""), now)
    with world.store.write():
        _insert(world.store, made)
    return answer(201, as_json(_token_json(made, now)))


@router.get("/{token_id}")
async def get_card_token(world: Here, token_id: str) -> Response:
    """One token, with its status."""
    found = find(world.store, token_id)
    if found is None:
        raise errors.MercadoPagoError(404, "not_found", "Not found Cardtoken", 3008)
    return answer(200, as_json(_token_json(found, clock.now_ms())))


def find(store: Store, token_id: str) -> CardToken | None:
    """The token with this id."""
    row = store.one("SELECT * FROM card_token WHERE id = ?", (token_id,))
    return None if row is None else _from_row(row)


def must_find_usable(store: Store, token_id: str, now: int) -> CardToken:
    """The token to pay with. Raises MercadoPagoError 2006 for none or an expired one, 3003 for a used one."""
    found = find(store, token_id)
    if found is None or found.status(now) == "expired":
        raise errors.card_token_not_found()
    if found.used_ms is not None:
        raise errors.used_card_token()
    return found


def use(store: Store, token_id: str, now: int) -> None:
    """Spend a token inside the caller's transaction, whatever becomes of the payment."""
    store.run("UPDATE card_token SET used_ms = ? WHERE id = ?", (now, token_id))


def _read(body: JsonObject, public_key: str, now: int) -> CardToken:
    number = "".join(str(body.get("card_number") or "").split())
    brand = _brand(number)
    month, year = _expiry(body, now)
    _check_code(str(body.get("security_code") or ""), brand)
    return CardToken(
        id=secrets.token_hex(16),
        bin=number[:BIN_LENGTH],
        last_four=number[-4:],
        number_length=len(number),
        method=brand.method,
        issuer_id=brand.issuer_id,
        holder=_holder(body.get("cardholder")),
        expires_month=month,
        expires_year=year,
        public_key=public_key,
        created_ms=now,
        due_ms=now + _LIFE_MS,
    )


def _brand(number: str) -> Brand:
    if not number:
        raise _refused(205, "parameter cardNumber can not be null/empty")
    brand = brand_of(number)
    if brand is None or len(number) not in _LENGTHS or not luhn_holds(number):
        raise _refused("E301", "Invalid parameter 'cardNumber'")
    return brand


def _expiry(body: JsonObject, now: int) -> tuple[int, int]:
    """Month and full year; a card that has expired is refused as a bad month of its year."""
    month, year = str(body.get("expiration_month") or ""), str(body.get("expiration_year") or "")
    if not month:
        raise _refused(208, "parameter cardExpirationMonth can not be null/empty")
    if not year:
        raise _refused(209, "parameter cardExpirationYear can not be null/empty")
    if not month.isdecimal() or not 1 <= int(month[:3]) <= 12:
        raise _refused(325, "invalid parameter cardExpirationMonth")
    if not year.isdecimal() or len(year) not in {2, 4}:
        raise _refused(326, "invalid parameter cardExpirationYear")
    full = int(year) + (2000 if len(year) == 2 else 0)
    today = clock.argentine_date(now)
    if full < today.year or full > today.year + 20:
        raise _refused(326, "invalid parameter cardExpirationYear")
    if (full, int(month)) < (today.year, today.month):
        raise _refused(325, "invalid parameter cardExpirationMonth")
    return int(month), full


def _check_code(code: str, brand: Brand) -> None:
    if not code:
        raise _refused(224, "parameter securityCode can not be null/empty")
    if not code.isdecimal() or len(code) != brand.code_length:
        raise _refused("E302", "Invalid parameter 'securityCode'")


def _holder(cardholder: object) -> str:
    """The name decides; what is not one of the documented names is approved, as any name is there."""
    known = cardholder if isinstance(cardholder, dict) else {}
    name = known.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _refused(221, "parameter cardholderName can not be null/empty")
    if len(name) > 80:
        raise _refused(316, "invalid parameter cardholderName")
    identification = known.get("identification")
    number = identification.get("number") if isinstance(identification, dict) else None
    if not number:
        raise _refused(214, "parameter docNumber can not be null/empty")
    if not str(number).isdecimal() or not 7 <= len(str(number)) <= 11:
        raise _refused(324, "invalid parameter docNumber")
    return holder_in(name)


def _refused(code: int | str, message: str) -> errors.MercadoPagoError:
    return errors.bad_request(message, code)


def _token_json(token: CardToken, now: int) -> JsonObject:
    return {
        "id": token.id,
        "public_key": token.public_key,
        "card_id": None,
        **token.face(),
        "cardholder": {"name": token.holder, "identification": {"type": "DNI", "number": "11111111"}},
        "status": token.status(now),
        "date_created": clock.stamp(token.created_ms),
        "date_last_updated": clock.stamp(token.used_ms or token.created_ms),
        "date_due": clock.stamp(token.due_ms),
        "date_used": clock.stamp(token.used_ms),
        "luhn_validation": True,
        "live_mode": False,
        "require_esc": False,
        "card_number_length": token.number_length,
        "security_code_length": 4 if token.method == "amex" else 3,
    }


def _insert(store: Store, token: CardToken) -> None:
    fields = CardToken.__slots__
    marks = ", ".join(f":{name}" for name in fields)
    values = {name: getattr(token, name) for name in fields}
    store.run(f"INSERT INTO card_token ({', '.join(fields)}) VALUES ({marks})", values)  # noqa: S608  our own fields


def _from_row(row: sqlite3.Row) -> CardToken:
    return CardToken(**dict(row))
