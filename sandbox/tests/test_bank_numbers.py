"""Check digits of CBU and CUIT, by the published vectors."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from sandbox.bank.numbers import cbu_holds, cuit_holds, holder_of
from sandbox.testing import settings_for


@pytest.mark.parametrize(
    "cbu",
    [
        "2850590940090418135201",
        "0940099324001313220028",
        "0070999020000065706080",
        "0110433630043313857683",
        "0140339601630201381276",
        "0720146820000001062340",
    ],
)
def test_a_cbu_that_checks(cbu: str) -> None:
    assert cbu_holds(cbu)
    assert cuit_holds(holder_of(cbu))


@pytest.mark.parametrize(
    "cbu",
    [
        "2810590940090418135201",
        "1940099324001313220028",
        "0940099324001313220038",
        "2850590940090418135202",
        "285059094009041",
        "A850590940090418135201",
        "٢850590940090418135201",
    ],
)
def test_a_cbu_that_does_not_check(cbu: str) -> None:
    assert not cbu_holds(cbu)


@pytest.mark.parametrize(
    ("cuit", "expected"),
    [
        ("20055361682", True),
        ("20267565393", True),
        ("27103456784", True),
        ("23000052264", True),
        ("30653311857", True),
        ("20267565392", False),
        ("30653311858", False),
        ("99055361688", False),
        ("2026756539", False),
    ],
)
def test_the_digit_of_a_cuit(cuit: str, expected: bool) -> None:
    assert cuit_holds(cuit) is expected


@pytest.mark.parametrize("wrong", [{"bank_cbu": "2850590940090418135202"}, {"bank_cuit": "30653311858"}])
def test_our_own_account_must_check_too(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings_for(tmp_path / "sandbox.db", **wrong)
