"""Chargebacks, claims and merchant orders on MercadoPago's wire."""

from collections.abc import Sequence
from typing import Any, Final

from mercadopago.config import RequestOptions
from mercadopago.config.config import Config
from mercadopago.core import MPBase
from mercadopago.resources import Chargeback

from payments.clients.fields import as_instant, as_money, as_object, as_text
from payments.clients.port import UnreadableError
from payments.domain.charge import ChargeId
from payments.domain.dispute import DisputeId, DisputeKind, DisputeSeen, Papers
from payments.domain.document import Document

_MOST: Final = 50
"""Payments of one order or one chargeback that are looked at."""
_ABOUT_A_PAYMENT: Final = "payment"
_CLOSED: Final = "closed"
_SELLER: Final = "respondent"
_PAYER: Final = "complainant"
_VERDICTS: Final = {_SELLER: True, _PAYER: False}
_BROKEN: Final = (KeyError, TypeError, ValueError, ArithmeticError)


class Chargebacks(Chargeback):  # type: ignore[misc]  # mercadopago ships no types
    """The SDK knows chargebacks and not their documents."""

    def __init__(self, request_options: RequestOptions, http_client: Any) -> None:
        super().__init__(request_options, http_client)
        self._http, self._token = http_client, request_options.access_token

    def document(self, chargeback_id: str, documents: Sequence[Document], options: RequestOptions) -> Any:
        options.access_token = self._token
        headers = {name: value for name, value in options.get_headers().items() if name.lower() != "content-type"}
        return self._http.request(
            "POST",
            f"{Config().api_base_url}/v1/chargebacks/{self._path_param(chargeback_id)}/documentation",
            files=[("files[]", (each.name, each.content, each.media_type.value)) for each in documents],
            headers=headers,
            timeout=options.connection_timeout,
        )


class Claims(MPBase):  # type: ignore[misc]  # mercadopago ships no types
    """The SDK does not know claims."""

    def get(self, claim_id: str) -> Any:
        return self._get(f"/post-purchase/v1/claims/{self._path_param(claim_id)}")


def read_order(body: object) -> list[ChargeId]:
    """The payments of a merchant order. UnreadableError for anything that is none."""
    try:
        found = [as_object(each) for each in as_object(body)["payments"] or ()]
        return [ChargeId(as_text(each["id"])) for each in found][:_MOST]
    except _BROKEN as error:
        raise UnreadableError("merchant order") from error


def read_chargeback(body: object) -> DisputeSeen:
    """UnreadableError for anything that is no chargeback."""
    try:
        fields = as_object(body)
        deadline, covered = fields.get("date_documentation_deadline"), fields.get("coverage_applied")
        return DisputeSeen(
            id=DisputeId(as_text(fields["id"])),
            kind=DisputeKind.CHARGEBACK,
            charge_ids=tuple(ChargeId(_id_of(each)) for each in list(fields["payments"])[:_MOST]),
            opened_at=as_instant(fields["date_created"]),
            updated_at=as_instant(fields.get("date_last_updated") or fields["date_created"]),
            amount=as_money(fields["amount"], as_text(fields["currency"])),
            coverage=covered if isinstance(covered, bool) else None,
            # Documented in both spellings.
            eligible=True in (fields.get("coverage_eligible"), fields.get("coverage_elegible")),
            wanted=fields.get("documentation_required") is True,
            papers=Papers(fields.get("documentation_status") or Papers.NOT_APPLICABLE),
            deadline=as_instant(deadline) if deadline else None,
        )
    except _BROKEN as error:
        raise UnreadableError("chargeback") from error


def read_chargebacks(body: object, payment_id: ChargeId) -> list[DisputeSeen]:
    """What a search found, without what is not of that payment."""
    try:
        found = [read_chargeback(each) for each in list(as_object(body)["results"])[:_MOST]]
    except _BROKEN as error:
        raise UnreadableError("chargeback search") from error
    return [each for each in found if payment_id in each.charge_ids]


def read_claim(body: object) -> DisputeSeen:
    """UnreadableError for anything that is no claim."""
    try:
        fields = as_object(body)
        about = fields.get("resource") == _ABOUT_A_PAYMENT
        verdict = _benefited(fields.get("resolution"))
        closed = fields["status"] == _CLOSED
        return DisputeSeen(
            id=DisputeId(as_text(fields["id"])),
            kind=DisputeKind.CLAIM,
            charge_ids=(ChargeId(as_text(fields["resource_id"])),) if about else (),
            opened_at=as_instant(fields["date_created"]),
            updated_at=as_instant(fields.get("last_updated") or fields["date_created"]),
            coverage=verdict if closed else None,
        )
    except _BROKEN as error:
        raise UnreadableError("claim") from error


def _benefited(resolution: object) -> bool | None:
    """Whether the seller won; None when both did, nobody, or nothing is said: then the payment tells."""
    if not isinstance(resolution, dict):
        return None
    told = resolution.get("benefited")
    names = {str(one) for one in told} if isinstance(told, list) else {str(told)}
    return _VERDICTS[names.pop()] if len(names) == 1 and names <= _VERDICTS.keys() else None


def _id_of(payment: object) -> str:
    return as_text(payment["id"] if isinstance(payment, dict) else payment)
