"""Logs: their end, and following them while supervisor rotates them."""

from pathlib import Path

from localstack.layout import Layout
from localstack.logfiles import failure, follow, last_lines


def test_the_last_lines_are_the_last(tmp_path: Path) -> None:
    log = tmp_path / "booking-api.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    assert last_lines(log, 2) == ["line 98", "line 99"]
    assert last_lines(log, 0) == []


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log", 5) == []


def test_a_failure_shows_the_end_of_the_log_and_how_to_see_more(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    (layout.logs / "booking-api.log").write_text("settings: BOOKING_DATABASES: Field required\n")
    text = str(failure(layout, "booking-api", "does not stay up (exit status 2)"))
    assert text.startswith("booking-api does not stay up (exit status 2). The last lines of its log:")
    assert "    settings: BOOKING_DATABASES: Field required" in text
    assert text.endswith(f"To see more: python -m localstack logs booking-api -n 200 --dir {tmp_path}")


def test_following_begins_at_the_end_and_survives_rotation(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("old\n")
    lines = follow([log])
    with log.open("a") as file:
        file.write("one\ntwo, unfinished")
    assert next(lines) == ("kafka", "one")
    with log.open("a") as file:
        file.write(" no more\n")
    assert next(lines) == ("kafka", "two, unfinished no more")
    log.rename(tmp_path / "kafka.log.1")
    log.write_text("three\n")
    assert next(lines) == ("kafka", "three")
