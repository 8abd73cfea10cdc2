"""MercadoPago's refusals: `{"message", "error", "status", "cause": [{"code", "description", "data"}]}`.

Codes and texts were compared with its public reference and older error tables: 5, 23, 1000, 2000, 2006, 2018, 2024,
2032, 2063, 3003, 3008, 3028, 4001 to 4005, 4020, 4037, 4041, 4050, 4051, 4292, 4296 and those of card tokens (205 to
E302). 2017 and the status 400 of 4292 were seen on live accounts.

Found nowhere: the numbers 109, 2042 and 10103 (whose text `diff_param_bins` was seen), 4040 for more than is left
(documented for what is not positive), and the refusals of chargebacks, claims and reports: they have no code here for
that reason. The reference lists 2024, 4292 and 4296 under 404, 4040 and 4041 under 401: here all of them are 400.
"""

from fastapi import Request
from fastapi.responses import JSONResponse

Cause = dict[str, object]


class MercadoPagoError(Exception):
    """A refusal on its way to the caller."""

    def __init__(self, status: int, error: str, message: str, code: int | str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.cause: list[Cause] = [] if code is None else [{"code": code, "description": message, "data": None}]


def bad_request(message: str, code: int | str | None = None, error: str = "bad_request") -> MercadoPagoError:
    """400 with an optional numeric code."""
    return MercadoPagoError(400, error, message, code)


def missing_token() -> MercadoPagoError:
    """401: no bearer token at all."""
    return MercadoPagoError(401, "unauthorized", "Must provide your access_token to proceed", 5)


def invalid_token() -> MercadoPagoError:
    """401: a token that is not ours."""
    return MercadoPagoError(401, "unauthorized", "invalid access token", "unauthorized")


def invalid_public_key() -> MercadoPagoError:
    """401: a public key that is not the account's."""
    return MercadoPagoError(401, "unauthorized", "invalid public key", "unauthorized")


def payment_not_found() -> MercadoPagoError:
    """404 of a payment."""
    return MercadoPagoError(404, "not_found", "Payment not found", 2000)


def refund_not_found() -> MercadoPagoError:
    """404 of a refund."""
    return MercadoPagoError(404, "not_found", "Refund not found", 2032)


def preference_not_found() -> MercadoPagoError:
    """404 of a preference."""
    return MercadoPagoError(404, "not_found", "preference_id not found", "invalid_id")


def order_not_found() -> MercadoPagoError:
    """404 of a merchant order."""
    return MercadoPagoError(404, "not_found", "Merchant order not found", "order_not_found")


def card_token_not_found() -> MercadoPagoError:
    """2006: no such card token, or it has expired."""
    return bad_request("Card Token not found", 2006)


def used_card_token() -> MercadoPagoError:
    """3003: a card token pays once."""
    return bad_request("Invalid card_token_id", 3003)


def missing_idempotency_key() -> MercadoPagoError:
    """4292, judged before anything else about the call."""
    return bad_request("Header X-Idempotency-Key can't be null", 4292)


def bad_state(code: int = 2063) -> MercadoPagoError:
    """2063 for refunds, 2018 for updates."""
    return bad_request("The action requested is not valid for the current payment state", code)


def unknown_path() -> MercadoPagoError:
    """404 of an address the API does not have."""
    return MercadoPagoError(404, "not_found", "Resource not found")


async def as_response(_: Request, error: Exception) -> JSONResponse:
    """The exception handler of the application."""
    if not isinstance(error, MercadoPagoError):
        raise error
    body = {"message": error.message, "error": error.error, "status": error.status, "cause": error.cause}
    return JSONResponse(body, status_code=error.status)
