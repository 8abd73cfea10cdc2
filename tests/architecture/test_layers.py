"""Each import rule catches a violation planted for it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("identity", "providers", "booking", "payments", "notifications", "analytics")
SOURCES = (
    "libs/contracts/src",
    "libs/common/src",
    *(
        f"services/{name}/src"
        for name in ("identity", "providers", "booking", "payments", "notifications", "analytics")
    ),
    "sandbox/src",
    "deploy/local/src",
    "deploy/observability/src",
)


@dataclass(frozen=True)
class Violation:
    """A line in a module that one rule forbids."""

    rule: str
    module: str
    line: str


PLANTED = (
    Violation("Services are independent", "booking/usecases/hold.py", "import payments.usecases"),
    Violation("Services are independent", "common/money.py", "import booking.domain.policy"),
    Violation("Services are independent", "contracts/base.py", "import common.errors"),
    Violation("Inside a service", "booking/store/offers.py", "import booking.usecases.hold"),
    Violation("Inside a service", "booking/usecases/hold.py", "import booking.api"),
    Violation("Inside a service", "booking/domain/policy.py", "import booking.store.tables"),
    Violation("The domain is pure", "booking/domain/policy.py", "import pydantic"),
    Violation("The domain is pure", "payments/domain/__init__.py", "import sqlalchemy"),
    Violation("Only the composition root", "booking/usecases/hold.py", "import asyncpg"),
    Violation("Contracts do no I/O", "contracts/booking.py", "import httpx"),
    Violation("The sandbox is the outside world", "sandbox/app.py", "import common.money"),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources in one folder, with the rules beside them."""
    folder = tmp_path_factory.mktemp("planted")
    for source in SOURCES:
        shutil.copytree(ROOT / source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the copy, not on what is installed."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},  # its lines wrap at the terminal's width
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_rules_hold(copied: Path) -> None:
    result = lint(copied)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.module}: {planted.line}")
def test_a_planted_violation_is_caught(copied: Path, planted: Violation) -> None:
    module = copied / planted.module
    original = module.read_text()
    module.write_text(f"{original}\n{planted.line}\n")
    try:
        result = lint(copied)
    finally:
        module.write_text(original)
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(planted.rule) for line in broken), result.stdout + result.stderr
