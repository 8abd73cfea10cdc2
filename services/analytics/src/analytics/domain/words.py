"""What operators read: a code for programs, and the same in words."""

from dataclasses import dataclass
from typing import Final

from analytics.domain.sight import Blind, Kind, Must, Promise, Verdict

_MUST: Final = {Must.ABOVE: "se pide más de", Must.AT_LEAST: "se pide al menos", Must.AT_MOST: "el máximo es"}
_UNITS: Final = {"open": "abiertas", "firing": "sonando"}
_BLIND: Final = {
    Blind.NOT_CONFIGURED: "No hay un Prometheus configurado: las cifras de la plataforma no se conocen.",
    Blind.UNREACHABLE: "Prometheus no responde: las cifras de la plataforma no se conocen.",
    Blind.BAD_ANSWER: "Prometheus respondió algo que no se entiende: las cifras de la plataforma no se conocen.",
    Blind.NO_RULES: "Prometheus no tiene cargadas nuestras reglas: las cifras de la plataforma no se conocen.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is for programs, `text` for operators."""

    code: str
    text: str


def of_blindness(blind: Blind) -> Reason:
    """Why nothing is known of what Prometheus should tell."""
    return Reason(blind, _BLIND[blind])


def of_unread() -> Reason:
    """Of a promise that Prometheus tells in a form that is not known here."""
    text = "No se sabe: Prometheus la describe de una forma que esta versión no entiende."
    return Reason("not-understood", text)


def of_promise(promise: Promise) -> Reason:
    """Whether it is kept, with its figures."""
    asked = f"{_MUST[promise.must]} {_figure(promise, promise.target)}"
    if promise.value is None:
        return Reason("no-figure", f"No se sabe: no hay ninguna medición, y {asked}.")
    if promise.too_few:
        events = promise.events or 0
        counted = f"hubo {events} {'evento' if events == 1 else 'eventos'} en el último día"
        counted += f" y hacen falta {promise.minimum or 'más'}"
        return Reason("too-few-events", f"No se sabe: {counted} para juzgar.")
    value = _figure(promise, promise.value)
    if promise.verdict is Verdict.OK:
        return Reason("kept", f"Se cumple: {value}, y {asked}.")
    return Reason("missed", f"No se cumple: {value}, y {asked}.")


def number(value: float, decimals: int = 0) -> str:
    """With a decimal comma, and no zeros at its end."""
    text = f"{value:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def _figure(promise: Promise, value: float) -> str:
    if promise.kind is Kind.SHARE:
        return f"{number(value * 100, 3)} %"
    return f"{number(value, 1)} {_UNITS.get(promise.unit, promise.unit)}"
