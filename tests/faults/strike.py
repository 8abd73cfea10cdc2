"""A fault that did nothing is not survived: each must show that it struck."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.faults.site import Site

Block = Callable[[Site], AbstractAsyncContextManager[None]]
"""Hurts the platform while it runs and heals it when it ends; DidNotStrike when there is nothing to show for it."""


class DidNotStrike(Exception):  # noqa: N818 - a finding about the fault, not about the platform
    """The platform was not hurt, so nothing was shown."""


def prove(struck: object, otherwise: str) -> None:
    """Refuse a fault without this proof; `otherwise` says what was seen in its stead."""
    if not struck:
        raise DidNotStrike(otherwise)
