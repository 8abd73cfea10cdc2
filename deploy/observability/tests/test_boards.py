"""Every dashboard is whole, and asks only for what some program tells."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from localstack.layout import CHECKOUT
from observability.boards import boards
from observability.boards.cluster import cluster
from observability.boards.vertical import niches
from observability.cli import main
from observability.observe.command import LIVE_WINDOW
from observability.observe.levels import questions
from observability.panels import WINDOW, Board, Kind
from observability.render import as_json, expressions
from observability.rules import load, wrong_names

BOARDS = (*boards(), cluster())
VERTICALS = CHECKOUT / "verticals"


def all_expressions() -> list[str]:
    return [expr for board in BOARDS for expr in expressions(as_json(board))]


def judged(promtool: Path, exprs: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Each expression as a recording rule, for promtool to parse."""
    rules = [
        {"record": f"panel:{place}", "expr": expr.replace(WINDOW, LIVE_WINDOW)} for place, expr in enumerate(exprs)
    ]
    file = folder / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}))
    command = [str(promtool), "check", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_panel_says_what_it_is_and_asks_for_something(board: Board) -> None:
    panels = [panel for panel in json.loads(as_json(board))["panels"] if panel["type"] != "row"]
    assert len(panels) == len(list(board.panels())) > 5
    for panel in panels:
        assert panel["title"]
        assert len(panel["description"]) > 5
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert all(target["expr"] for target in panel["targets"])
        assert panel["targets"]
        assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_no_two_panels_of_a_row_share_a_title_and_none_leaves_the_grid(board: Board) -> None:
    for row in board.rows:
        titles = [panel.title for panel in row.panels]
        assert len(set(titles)) == len(titles)
    placed = [panel["gridPos"] for panel in json.loads(as_json(board))["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in placed)
    assert len({(place["x"], place["y"]) for place in placed}) == len(placed)


def test_numbers_know_when_they_are_red() -> None:
    shares = [panel for board in BOARDS for panel in board.panels() if panel.kind is Kind.NUMBER and panel.at_least]
    assert len(shares) >= 8
    sre = json.loads(as_json(BOARDS[0]))["panels"]
    steps = next(panel for panel in sre if "server error" in panel["title"])["fieldConfig"]["defaults"]["thresholds"]
    assert [step["color"] for step in steps["steps"]] == ["red", "green"]
    assert [step["value"] for step in steps["steps"]] == [None, 0.999]


def test_each_vertical_has_a_dashboard_that_asks_for_it_alone() -> None:
    found = {board.uid: board for board in BOARDS}
    assert niches(VERTICALS)
    for niche in niches(VERTICALS):
        board = found[f"barberpro-vertical-{niche.id}"]
        asked = [query.expr for panel in board.panels() for query in panel.queries]
        assert all(f'"{niche.id}"' in expr for expr in asked)


def test_a_new_file_is_a_new_dashboard(tmp_path: Path) -> None:
    (tmp_path / "vet").mkdir()
    (tmp_path / "vet" / "vertical.yaml").write_text("id: vet\nname: Veterinaria\n")
    assert [board.title for board in boards(tmp_path) if "vertical" in board.uid] == ["BarberPro: Veterinaria"]


def test_every_expression_is_promql(promtool: Path, tmp_path: Path) -> None:
    result = judged(promtool, [*all_expressions(), *questions()], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_planted_typing_mistake_is_no_promql(promtool: Path, tmp_path: Path) -> None:
    assert judged(promtool, ["sum by (service (up)"], tmp_path).returncode != 0


def test_every_metric_label_and_topic_is_one_the_code_declares() -> None:
    asked, recorded = [*all_expressions(), *questions()], {rule.name for rule in load() if not rule.is_alert}
    assert len(asked) > 100
    assert [f"{expr}: {fault}" for expr in asked for fault in wrong_names(expr, recorded)] == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("sum(rate(http_request_total[5m]))", "no metric http_request_total"),
        ("rate(http_requests[5m])", "no metric http_requests"),
        ("up + on (job) group_left () payments_circuit", "no metric payments_circuit"),
        ('sum(http_requests_total{code="500"})', "http_requests_total has no label code"),
        ('events_applied_total{topic=~"booking.created|booking.made"}', "no fact is called booking.made"),
        ("sum by (vertical) (outbox_oldest_seconds)", "no label vertical"),
        ("sum by (service, scope) (up) / (0 * up)", "no label scope"),
    ],
)
def test_a_planted_unknown_is_caught(planted: str, fault: str) -> None:
    assert list(wrong_names(planted)) == [fault]


def test_the_files_are_written_and_those_of_a_removed_vertical_are_not_left(tmp_path: Path) -> None:
    (tmp_path / "barberpro-vertical-gone.json").write_text("{}")
    assert main(["dashboards", "--out", str(tmp_path)]) == 0
    assert {file.stem for file in tmp_path.iterdir()} == {board.uid for board in boards()}
    assert all(json.loads(file.read_text())["title"] for file in tmp_path.iterdir())
