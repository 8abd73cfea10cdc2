"""Every province has a zone that the IANA database knows."""

import pytest

from providers.domain.provinces import Province, UnknownZone, zone_of


@pytest.mark.parametrize("province", Province)
def test_every_province_keeps_a_known_zone(province: Province) -> None:
    zone = zone_of(province)
    assert zone_of(province, zone) == zone
    assert zone.startswith("America/Argentina/")


def test_there_are_the_twenty_four_of_iso_3166() -> None:
    assert "".join(sorted(Province)) == "ABCDEFGHJKLMNPQRSTUVWXYZ"


@pytest.mark.parametrize("zone", ["America/Cordova", "America", "../etc/passwd", "UTC-3"])
def test_an_invented_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone):
        zone_of(Province.CORDOBA, zone)
