"""Refusals: each is a type whose docstring is its message; one table per service gives status and es-AR text.

They leave as RFC 9457 problem details.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

MEMBERS: Final = frozenset({"type", "title", "status", "detail", "instance"})
"""What RFC 9457 itself says of a problem; a refusal's own members go by other names."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a malfunction
    """The request cannot be fulfilled."""

    retry_after: int | None = None
    """Seconds after which asking again makes sense; a type's own, or set on the one refusal."""

    def __init__(self, **extra: object) -> None:
        if taken := MEMBERS & extra.keys():
            raise TypeError(f"A problem has its own {', '.join(sorted(taken))}: name the refusal's otherwise.")
        super().__init__(self.title())
        self.extra = extra
        """Further members of the problem, JSON-ready, in camelCase, and none of `MEMBERS`."""

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    @classmethod
    def slug(cls) -> str:
        """`SlotTaken` -> `slot-taken`: the stable name a client may branch on."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(Refusal):
    """There is no such thing, or it is somebody else's."""


class Unauthenticated(Refusal):
    """The token is missing, expired or not ours."""


class Forbidden(Refusal):
    """The account lacks the role this needs."""


class UnknownVertical(Refusal):
    """The request names no vertical that this service knows."""


class KeyReused(Refusal):
    """The Idempotency-Key was used before with another body."""


class InProgress(Refusal):
    """A request with this Idempotency-Key is still being worked on."""

    retry_after = 1


class Busy(Refusal):
    """The service is at its limit."""

    retry_after = 1


class TooSlow(Busy):
    """The database gave up on a statement that took too long."""


class NotReady(Refusal):
    """A part that this needs does not answer."""

    retry_after = 5


class BodyTooLarge(Refusal):
    """The body is larger than the limit."""


class UnsupportedMediaType(Refusal):
    """The body is to be JSON and to say so."""


class InvalidCursor(Refusal):
    """The page cursor is not one of ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a refusal looks outside: the HTTP status and the user's text."""

    status: int
    text: str


RefusalTable: TypeAlias = Mapping[type[Refusal], Answer]

COMMON_REFUSALS: Final[RefusalTable] = {
    Refusal: Answer(400, "No pudimos procesar el pedido."),
    NotFound: Answer(404, "No encontramos lo que buscás."),
    Unauthenticated: Answer(401, "Iniciá sesión para continuar."),
    Forbidden: Answer(403, "Tu cuenta no tiene permiso para esto."),
    UnknownVertical: Answer(404, "No conocemos ese rubro."),
    KeyReused: Answer(422, "Ese identificador de pedido ya se usó con otros datos."),
    InProgress: Answer(409, "Ya estamos procesando ese pedido. Probá de nuevo en un momento."),
    Busy: Answer(503, "Estamos con mucha demanda. Probá de nuevo en unos segundos."),
    NotReady: Answer(503, "El servicio no está disponible en este momento. Probá de nuevo en unos segundos."),
    BodyTooLarge: Answer(413, "El pedido es demasiado grande."),
    UnsupportedMediaType: Answer(415, "Mandá el pedido como JSON (Content-Type: application/json)."),
    InvalidCursor: Answer(422, "La página pedida no existe."),
}


def answer_to(refusal: Refusal, table: RefusalTable) -> Answer:
    """The most specific entry for a refusal's type."""
    for kind in type(refusal).__mro__:
        if kind in table:
            return table[kind]
    return COMMON_REFUSALS[Refusal]


def problem(status: int, slug: str, title: str, text: str, extra: Mapping[str, object]) -> dict[str, Any]:
    """The members of an RFC 9457 problem; `type` is a URN so that it needs no host."""
    return {"type": f"urn:barberpro:problem:{slug}", "title": title, "status": status, "detail": text, **extra}
