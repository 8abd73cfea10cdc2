"""Every dashboard: three for all verticals together, and one for each vertical there is."""

from pathlib import Path

from localstack.layout import CHECKOUT
from observability.boards.business import business
from observability.boards.payments import payments
from observability.boards.sre import sre
from observability.boards.vertical import vertical_boards
from observability.panels import Board


def boards(verticals: Path = CHECKOUT / "verticals") -> tuple[Board, ...]:
    """All of them; `verticals` holds a folder for each niche."""
    return (sre(), payments(), business(), *vertical_boards(verticals))
