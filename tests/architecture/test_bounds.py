"""docs/bounds.md names the test of each bound: a test that is renamed or dropped must not leave its bound unshown."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("libs", "services", "tests")


def defined() -> set[str]:
    """Every test there is."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("test_*.py")]
    return {
        name for path in files for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def test_every_test_that_bounds_md_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "bounds.md").read_text()))
    assert named
    assert named - defined() == set()
