"""How a fee came about, told to people."""

from collections.abc import Mapping, Sequence
from typing import Final

from booking.domain.policy import Because, Code
from common.http import Body, Pesos
from common.money import Money

_TEXTS: Final[Mapping[Code, str]] = {
    Code.PAID: "Hasta ahora se pagaron {amount}.",
    Code.NOT_THE_CLIENT: "Cuando no cancela quien reservó, se devuelve todo lo pagado.",
    Code.NOTICE: "Con al menos {hours} h de anticipación se devuelve el {percent} % de la seña.",
    Code.NO_NOTICE: "Con tan poca anticipación la seña no se devuelve.",
    Code.NO_SHOW: "Por no venir se cobra el {percent} % del precio.",
    Code.BEYOND: "Lo pagado además de la seña ({amount}) se devuelve entero.",
    Code.KEPT: "No se devuelven {amount}.",
    Code.REFUND: "Se devuelven {amount}.",
    Code.OWED: "Quedan sin pagar {amount}.",
}


class ReasonBody(Body):
    """One step: `code` for programs with its numbers, `text` for people."""

    code: Code
    text: str
    amount: Pesos | None = None
    percent: int | None = None
    hours: int | None = None


def reasons_of(steps: Sequence[Because]) -> list[ReasonBody]:
    """In the order in which they were taken."""
    return [_reason(step) for step in steps]


def _reason(step: Because) -> ReasonBody:
    text = _TEXTS[step.code].format(
        amount=_pesos(step.amount) if step.amount is not None else "", percent=step.percent, hours=step.hours
    )
    amount = step.amount.as_units() if step.amount is not None else None
    return ReasonBody(code=step.code, text=text, amount=amount, percent=step.percent, hours=step.hours)


def _pesos(amount: Money) -> str:
    """As it is written in Argentina: $ 1.500,00."""
    written = f"{amount.as_units():,.2f}"
    return "$ " + written.translate(str.maketrans(",.", ".,"))
