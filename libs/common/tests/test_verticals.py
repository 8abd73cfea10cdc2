"""A niche's own address, where all of them are told one."""

import pytest

from common.testing import VERTICALS_DIR
from common.verticals import load_verticals


@pytest.mark.parametrize(
    ("name", "told", "address"),
    [
        ("barber", "https://barberpro.com.ar", "https://barberpro.com.ar"),
        ("psychology", "https://barberpro.com.ar/", "https://psicologia.barberpro.com.ar"),
        ("psychology", "http://localhost:8080", "http://psychology.localhost:8080"),
        ("psychology", "https://elsewhere.example", "https://elsewhere.example"),
    ],
)
def test_people_are_sent_to_the_host_of_their_niche(name: str, told: str, address: str) -> None:
    assert load_verticals(VERTICALS_DIR).get(name).address(told) == address
