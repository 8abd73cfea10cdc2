"""Files of at most 300 lines, functions of at most 30: a longer one holds two ideas."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
LONGEST_FUNCTION = 30


def sources() -> list[Path]:
    """Every Python file, of tests too; only migrations are generated."""
    folders = ("libs", "services", "sandbox", "deploy", "bench", "tests")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [ROOT / "conftest.py", *sorted(path for path in found if "migrations" not in path.parts)]


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function with the number of lines of its body, the docstring not counted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                yield node.name, (node.end_lineno or 0) - body[0].lineno + 1


def too_long(name: str, source: str) -> list[str]:
    """What breaks a budget, one line each."""
    lines = len(source.splitlines())
    files = [f"{name}: {lines} lines"] if lines > LONGEST_FILE else []
    return files + [
        f"{name}:{function}: {size} lines" for function, size in functions(source) if size > LONGEST_FUNCTION
    ]


def test_no_file_and_no_function_is_over_its_budget() -> None:
    assert Path(__file__) in sources()
    broken = [line for path in sources() for line in too_long(str(path.relative_to(ROOT)), path.read_text())]
    assert broken == []


@pytest.mark.parametrize(
    "planted", ["x = 1\n" * (LONGEST_FILE + 1), "def long():\n" + "    x = 1\n" * (LONGEST_FUNCTION + 1)]
)
def test_a_planted_file_or_function_over_its_budget_is_caught(planted: str) -> None:
    assert len(too_long("planted.py", planted)) == 1
