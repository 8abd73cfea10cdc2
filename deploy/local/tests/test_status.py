"""How the status is told."""

import pytest

from localstack.status import duration, size


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0, "0s"), (59, "59s"), (200, "3m20s"), (7500, "2h05m"), (-1, "0s")]
)
def test_an_uptime_is_short(seconds: int | None, text: str) -> None:
    assert duration(seconds) == text


def test_memory_is_told_in_megabytes() -> None:
    assert size(206_400_000) == "206 MB"
    assert size(None) == ""
