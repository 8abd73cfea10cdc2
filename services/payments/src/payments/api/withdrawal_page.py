"""`/arrepentimiento`: the same withdrawal for people, in two steps."""

from typing import Annotated, Final
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from common.app import context_of
from common.errors import BodyTooLarge, NotFound, Refusal
from common.http import InVertical
from contracts.ids import BookingId, WithdrawalId
from payments import usecases
from payments.api.pages import Entry, alert, form, link, page, paragraph
from payments.domain.reach import InvalidReach, Reach
from payments.domain.withdrawal import (
    AlreadyWithdrawn,
    ServiceRendered,
    TooManyWithdrawals,
    Withdrawal,
    WithdrawalStatus,
    WithdrawalTooLate,
    WrongWithdrawalCode,
)
from payments.usecases import PaymentsContext

router = APIRouter(include_in_schema=False)
InContext = Annotated[PaymentsContext, Depends(context_of)]
PATH: Final = "/arrepentimiento"
TEXTS: Final = {
    ServiceRendered: "El servicio ya se prestó: no es posible arrepentirse de esta reserva.",
    WithdrawalTooLate: "Pasaron más de 10 días corridos desde que hiciste la reserva.",
    AlreadyWithdrawn: "Ya te arrepentiste de esta reserva antes.",
    WrongWithdrawalCode: "El código no es correcto o ya venció.",
    TooManyWithdrawals: "Ya hay varios pedidos abiertos de esta reserva. Usá el código que recibiste, o esperá un día.",
    InvalidReach: "Escribí un e-mail o un teléfono con código de área, por ejemplo 351 512-3456.",
}
"""What the API's answers say, too."""
_STATES: Final = {
    WithdrawalStatus.OPEN: "Todavía falta el código de seis números que mandamos a tu contacto, si coincide.",
    WithdrawalStatus.CONFIRMED: "Recibimos tu arrepentimiento y estamos cancelando la reserva.",
    WithdrawalStatus.REFUNDING: "La reserva está cancelada y te estamos devolviendo lo que pagaste.",
    WithdrawalStatus.DONE: "La reserva está cancelada y ya devolvimos todo lo que pagaste.",
    WithdrawalStatus.REFUSED: "No fue posible arrepentirse de esta reserva.",
    WithdrawalStatus.EXPIRED: "El pedido venció sin que se usara el código. No cambió nada: podés hacer otro.",
}
_TITLE: Final = "Botón de arrepentimiento"
_INTRO: Final = (
    "Podés arrepentirte de una reserva dentro de los 10 días corridos de haberla hecho, si el servicio todavía no se "
    "prestó. Te devolvemos todo lo que pagaste (Ley 24.240 y Disposición 954/2025)."
)
_BAD_BOOKING: Final = "El número de reserva no es válido: copialo del mensaje de confirmación."
_BAD_CODE: Final = "El código tiene seis números."
_MOST_BYTES: Final = 4096
_CODE_DIGITS: Final = 6


@router.get(PATH)
async def show_form(_vertical: InVertical, reserva: str = "") -> Response:
    """The first step. The confirmation's link brings the booking's number; nothing is looked up for it."""
    booking_id = _uuid(reserva)
    return page(_TITLE, paragraph(_INTRO), _first_form(str(booking_id) if booking_id is not None else "", ""))


@router.post(PATH)
async def ask(request: Request, vertical: InVertical, context: InContext) -> Response:
    """The tracking code, and the second step; or the first again, with what is wrong beside each field."""
    fields = await _fields(request)
    booking, contact = fields.get("reserva", ""), fields.get("contacto", "")
    booking_id, reach = _uuid(booking), _reach(contact)
    if booking_id is None or reach is None:
        bad_booking = "" if booking_id is not None else _BAD_BOOKING
        bad_contact = "" if reach is not None else TEXTS[InvalidReach]
        return page(_TITLE, _first_form(booking, contact, bad_booking, bad_contact), status=422)
    try:
        asked = await usecases.ask_withdrawal(context, vertical.id, BookingId(booking_id), reach, None)
    except TooManyWithdrawals:
        return page(_TITLE, alert(TEXTS[TooManyWithdrawals]), _first_form(booking, contact), status=429)
    return page(_TITLE, _told(asked), _second_form(asked.id, asked.tracking_code), status=202)


@router.get(f"{PATH}/{{withdrawal_id}}")
async def show_state(
    withdrawal_id: str,
    vertical: InVertical,
    context: InContext,
    tracking: Annotated[str, Query(alias="trackingCode")] = "",
) -> Response:
    """How far it is, for whoever has the tracking code; else the first step, as where a browser comes back to."""
    which = _uuid(withdrawal_id)
    if which is None or not tracking:
        return await show_form(vertical)
    try:
        found = await usecases.get_withdrawal(context, vertical.id, WithdrawalId(which), tracking)
    except NotFound:
        return await show_form(vertical)
    why = next((text for kind, text in TEXTS.items() if kind.slug() == found.refusal), _STATES[found.status])
    return page("Tu arrepentimiento", _told(found), paragraph(why))


@router.post(f"{PATH}/{{withdrawal_id}}")
async def prove(withdrawal_id: UUID, request: Request, vertical: InVertical, context: InContext) -> Response:
    """What came of the code."""
    fields = await _fields(request)
    code, tracking, which = fields.get("codigo", ""), fields.get("seguimiento", ""), WithdrawalId(withdrawal_id)
    if not (code.isascii() and code.isdecimal() and len(code) == _CODE_DIGITS):
        return page(_TITLE, _second_form(which, tracking, code, _BAD_CODE), status=422)
    try:
        return _done(await usecases.confirm_withdrawal(context, vertical.id, which, code))
    except WrongWithdrawalCode as wrong:
        left = f"{TEXTS[WrongWithdrawalCode]} Intentos que te quedan: {wrong.extra['triesLeft']}."
        return page(_TITLE, _second_form(which, tracking, code, left), status=409)
    except (ServiceRendered, WithdrawalTooLate, AlreadyWithdrawn) as refusal:
        return page(_TITLE, alert(_text(refusal)), status=409)


def _text(refusal: Refusal) -> str:
    return next(text for kind, text in TEXTS.items() if isinstance(refusal, kind))


def _first_form(booking: str, contact: str, bad_booking: str = "", bad_contact: str = "") -> str:
    hint = "El e-mail o el teléfono con el que reservaste."
    return form(
        PATH,
        (
            Entry("reserva", "Número de reserva", "", booking, bad_booking, 'maxlength="36" autocomplete="off"'),
            Entry("contacto", "E-mail o teléfono", hint, contact, bad_contact, 'maxlength="254"'),
        ),
        "Quiero arrepentirme",
    )


def _second_form(which: WithdrawalId, tracking: str, code: str = "", error: str = "") -> str:
    attributes = 'inputmode="numeric" maxlength="6" autocomplete="one-time-code"'
    hint = "Te lo mandamos si los datos coinciden con una reserva. Vence en 10 minutos."
    entry = Entry("codigo", "Código de seis números", hint, code, error, attributes)
    return form(f"{PATH}/{which}", (entry,), "Confirmar", (("seguimiento", tracking),))


def _told(asked: Withdrawal) -> str:
    code = asked.tracking_code
    state = link(f"{PATH}/{asked.id}?trackingCode={code}", "Mirá cómo va tu pedido")
    return f"<p>Recibimos tu pedido. Tu código de seguimiento es <code>{code}</code>. Guardalo.</p><p>{state}</p>"


def _done(confirmed: Withdrawal) -> Response:
    after = "Cancelamos tu reserva y te devolvemos todo lo que pagaste, por el mismo medio. Te avisamos cuando esté."
    return page("Recibimos tu arrepentimiento", _told(confirmed), paragraph(after))


async def _fields(request: Request) -> dict[str, str]:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise BodyTooLarge
    found = parse_qs(raw.decode("utf-8", "replace"))
    return {name: values[0].strip() for name, values in found.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _reach(text: str) -> Reach | None:
    try:
        return Reach.read(text)
    except InvalidReach:
        return None
