"""docs/bounds.md names the test of each bound: a test that is renamed or dropped must not leave its bound unshown."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("libs", "services", "tests")
NAMED: Final = re.compile(r"`(test_\w+)`")


def defined() -> set[str]:
    """Every test there is."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("test_*.py")]
    return {
        name for path in files for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def rows(text: str) -> list[str]:
    """The lines of its tables, without the two with which each begins."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [row for table in tables for row in table.splitlines()[2:]]


def unshown(text: str, tests: set[str]) -> list[str]:
    """Rows that name no test, or one that is not there."""
    return [row for row in rows(text) if not NAMED.findall(row) or set(NAMED.findall(row)) - tests]


def test_every_bound_names_tests_that_are_there() -> None:
    text = (ROOT / "docs" / "bounds.md").read_text()
    assert len(rows(text)) > 50
    assert unshown(text, defined()) == []


@pytest.mark.parametrize("cell", ["not shown", "`test_that_was_dropped`", "`test_of_it`, `test_that_was_dropped`"])
def test_a_bound_without_its_test_is_caught(cell: str) -> None:
    planted = f"| bound | test |\n| --- | --- |\n| shown | `test_of_it` |\n| planted | {cell} |\n"
    assert unshown(planted, {"test_of_it"}) == [f"| planted | {cell} |"]
