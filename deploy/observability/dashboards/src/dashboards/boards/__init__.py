"""Every dashboard: three for all verticals together, and one for each vertical there is."""

from pathlib import Path

from dashboards.boards.business import business
from dashboards.boards.payments import payments
from dashboards.boards.sre import sre
from dashboards.boards.vertical import vertical_boards
from dashboards.panels import Board
from localstack.layout import CHECKOUT


def boards(verticals: Path = CHECKOUT / "verticals") -> tuple[Board, ...]:
    """All of them; `verticals` holds a folder for each niche."""
    return (sre(), payments(), business(), *vertical_boards(verticals))
