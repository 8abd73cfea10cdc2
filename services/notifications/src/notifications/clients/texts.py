"""Letters in es-AR, from the templates beside this package: one file per template and channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from common.money import Money
from notifications.domain.letter import Letter, Visit
from notifications.domain.payment import Payment

_FOLDER: Final = Path(__file__).resolve().parent.parent / "templates"
_LOCALE: Final = "es_AR"
_TIME: Final = "HH:mm 'hs'"
_MARK: Final = "\x1f"
_LONGEST_WORD: Final = 200
_LONGEST_FIRST_NAME: Final = 40
"""A name is free text that strangers may write into our messages: enough to greet, too little to say more."""
_LINKS: Final = frozenset({"ticket"})
_LONGEST_LINK: Final = 500
"""MercadoPago's are long, and one that is cut leads nowhere."""
_COUNTERS: Final = {"rapipago": "Rapipago", "pagofacil": "Pago Fácil"}
_SUBJECT: Final = "Asunto: "


@dataclass(frozen=True, slots=True, repr=False)
class TemplateText:
    """A WhatsApp text as the person reads it, and its parameters in the order of the approved template."""

    text: str
    parameters: tuple[str, ...]
    approved: str
    """The body as it must be registered with WhatsApp: `{{1}}`, `{{2}}` ... where the parameters go."""


@dataclass(frozen=True, slots=True, repr=False)
class MailText:
    """An e-mail's subject and its two bodies, which say the same."""

    subject: str
    text: str
    html: str


class Texts:
    """Renders; a word that a template asks for and the letter lacks is an error, not a blank."""

    def __init__(self) -> None:
        # Every output is marked, so that the parameters can be told from the words between them.
        self._whatsapp = _environment(finalize=lambda word: f"{_MARK}{word}{_MARK}")
        self._email = _environment()

    def whatsapp(self, letter: Letter) -> TemplateText:
        """Fixed words and parameters apart, as the provider wants them."""
        parts = self._whatsapp.get_template(f"whatsapp/{letter.template}.txt").render(words(letter)).split(_MARK)
        numbered = [f"{{{{{(at + 1) // 2}}}}}" if at % 2 else part for at, part in enumerate(parts)]
        return TemplateText("".join(parts), tuple(parts[1::2]), "".join(numbered))

    def email(self, letter: Letter) -> MailText:
        """Text and a simple HTML made of the same paragraphs."""
        rendered = self._email.get_template(f"email/{letter.template}.txt").render(words(letter))
        subject, _, text = rendered.partition("\n\n")
        subject = subject.removeprefix(_SUBJECT)
        paragraphs = [paragraph.splitlines() for paragraph in text.split("\n\n")]
        html = self._email.get_template("email/layout.html").render(subject=subject, paragraphs=paragraphs)
        return MailText(subject, f"{text}\n", html)


def _environment(**options: Any) -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",), default=False),
        **options,
    )


def words(letter: Letter) -> Mapping[str, str]:
    """What templates may say, each on one line: WhatsApp refuses line breaks in a parameter, mail in a header."""
    found = {
        "name": _one_line(next(iter(letter.name.split()), letter.niche.client), _LONGEST_FIRST_NAME),
        "appointment": letter.niche.appointment,
        "place_term": letter.niche.place,
        "cancel": letter.niche.cancel,
    }
    if letter.visit is not None:
        found |= _of_visit(letter.visit, letter.niche.appointment)
    if letter.refund is not None:
        found["amount"] = _amount(letter.refund)
    if letter.until is not None and letter.visit is not None:
        found["until"] = _when(letter.until.astimezone(ZoneInfo(letter.visit.booking.zone)))
    if letter.payment is not None:
        found |= _of_payment(letter.payment)
    as_they_are = {
        "code": letter.code,
        "withdraw_at": letter.withdraw_at,
        "tracking": letter.tracking_code,
        "many": letter.many and str(letter.many),
    }
    found |= {word: text for word, text in as_they_are.items() if text}
    return {word: _one_line(text, _LONGEST_LINK if word in _LINKS else _LONGEST_WORD) for word, text in found.items()}


def what(visit: Visit, appointment: str) -> str:
    """`turno de Corte`, or `sesión` where the service is not named."""
    return f"{appointment} de {visit.service_name}" if visit.service_name else appointment


def where(visit: Visit) -> str:
    """The place's name, unless it is the provider's own, with the address and the city; empty when it is not known."""
    place = visit.place
    if place is None:
        return ""
    name = "" if place.name == visit.provider_name else place.name
    return ", ".join(part for part in (name, place.address, place.city) if part)


def _of_visit(visit: Visit, appointment: str) -> dict[str, str]:
    start = visit.booking.starts_at.astimezone(ZoneInfo(visit.booking.zone))
    at_a_place = {} if visit.place is None else {"where": where(visit)}
    return at_a_place | {
        "booking": str(visit.booking.id),
        "what": what(visit, appointment),
        "provider": visit.provider_name,
        "day": _day(start),
        "when": _when(start),
    }


def _of_payment(payment: Payment) -> dict[str, str]:
    found: dict[str, str] = {}
    if payment.ticket is not None:
        counters = _COUNTERS.get(payment.ticket.method, payment.ticket.method)
        # WhatsApp wants every parameter of an approved text.
        code = payment.ticket.code or "el que figura ahí"
        found |= {"counters": counters, "ticket": payment.ticket.url, "ticket_code": code}
    if payment.transfer is not None:
        transfer = payment.transfer
        found |= {"cbu": transfer.cbu, "alias": transfer.alias, "reference": transfer.reference}
    return found


def _when(at: datetime) -> str:
    return f"{_day(at)} a las {format_time(at.time(), _TIME, locale=_LOCALE)}"


def _day(at: datetime) -> str:
    return format_date(at.date(), "EEEE d 'de' MMMM", locale=_LOCALE)


def _amount(money: Money) -> str:
    return format_currency(money.as_units(), money.currency, locale=_LOCALE)


def _one_line(text: str, longest: int = _LONGEST_WORD) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
