"""Whoever finds a case finds in the runbook what to do about it."""

import re
from pathlib import Path
from typing import Final

from payments.domain.judgement import Difference
from payments.domain.settlement import ReportDifference

ROOT: Final = Path(__file__).parents[3]
CODE: Final = ROOT / "services" / "payments" / "src"
RUNBOOK: Final = ROOT / "docs" / "runbooks" / "reconcile.md"
OPENED: Final = re.compile(r'(?:\bCase\(\s*|\b[A-Z_]*CASE\b[^=\n]*= )"([a-z_]+)"')


def test_every_kind_of_case_is_in_the_runbook() -> None:
    in_code = {kind for file in CODE.rglob("*.py") for kind in OPENED.findall(file.read_text(encoding="utf-8"))}
    kinds = in_code | {each.value for each in (*Difference, *ReportDifference)}
    in_runbook = set(re.findall(r"`([a-z_]+)`", RUNBOOK.read_text(encoding="utf-8")))
    assert len(kinds) > 30
    assert kinds - in_runbook == set()
