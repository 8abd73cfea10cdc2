"""The provider aggregate."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from common.errors import NotFound
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, StaffId, new_id
from providers.domain.parts import (
    Licence,
    LicenceId,
    LimitReached,
    Member,
    OutsideArgentina,
    Place,
    Resource,
    ResourceKind,
)
from providers.domain.provider import (
    MAX_PLACES,
    LicenceKnown,
    LicenceMissing,
    Provider,
    ProviderSuspended,
    StaffNotAtPlace,
    Status,
    UnknownPlace,
    UnknownStaff,
)
from providers.domain.provinces import Province

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def provider(status: Status = Status.ACTIVE) -> Provider:
    return Provider(ProviderId(new_id()), AccountId(new_id()), "Nico", "nico", status)


def place(lat: float = -31.4, lon: float = -64.2) -> Place:
    zone = "America/Argentina/Cordoba"
    return Place(PlaceId(new_id()), "Centro", "San Martín 100", "Córdoba", Province.CORDOBA, zone, lat, lon)


def member(*places: Place, account: AccountId | None = None) -> Member:
    return Member(StaffId(new_id()), "Nico", tuple(one.id for one in places), account)


def licence(number: str = "1234") -> Licence:
    return Licence(LicenceId(new_id()), "Psicología", Province.CORDOBA, number)


def test_each_public_change_is_one_version_on() -> None:
    here = place()
    chair = Resource(ResourceId(new_id()), ResourceKind.CHAIR, "Sillón", 1)
    changed = provider().with_place(here).with_resource(here.id, chair).with_member(member(here)).called("Otro", None)
    assert changed.version == 5
    assert (changed.display_name, changed.slug) == ("Otro", "nico")
    assert changed.place(here.id).resources == (chair,)


def test_closing_a_place_leaves_nobody_there() -> None:
    here, there = place(), place()
    nico = member(here, there)
    closed = provider().with_place(here).with_place(there).with_member(nico).without_place(here.id)
    assert [one.id for one in closed.places] == [there.id]
    assert closed.member(nico.id).place_ids == (there.id,)


def test_what_is_another_provider_s_is_not_found() -> None:
    with pytest.raises(NotFound):
        provider().without_place(place().id)
    with pytest.raises(NotFound):
        provider().without_member(StaffId(new_id()))


def test_staff_work_at_places_of_the_provider_only() -> None:
    with pytest.raises(UnknownPlace):
        provider().with_member(member(place()))


def test_a_service_names_staff_of_the_provider_only() -> None:
    with pytest.raises(UnknownStaff):
        provider().must_employ([member().id])


def test_hours_are_for_places_where_the_member_attends() -> None:
    here, there = place(), place()
    nico = member(here)
    shop = provider().with_place(here).with_place(there).with_member(nico)
    shop.must_work_at(nico.id, here.id)
    with pytest.raises(StaffNotAtPlace):
        shop.must_work_at(nico.id, there.id)


def test_there_are_only_so_many_places() -> None:
    full = replace(provider(), places=tuple(place() for _ in range(MAX_PLACES)))
    with pytest.raises(LimitReached):
        full.with_place(place())
    assert len(full.with_place(full.places[0]).places) == MAX_PLACES


@pytest.mark.parametrize(("lat", "lon"), [(-64.18, -31.42), (-58.38, -34.6), (40.4, -3.7), (-31.4, -54.0 + 2)])
def test_a_point_outside_argentina_or_the_wrong_way_round_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(OutsideArgentina):
        place(lat, lon)


def test_verifying_lists_a_pending_provider_and_dates_its_licences() -> None:
    verified = provider(Status.PENDING).with_licence(licence()).verified(NOW)
    assert verified.status is Status.ACTIVE
    assert [one.verified_at for one in verified.licences] == [NOW]
    assert verified.verified(NOW) is verified


def test_without_a_licence_there_is_nothing_to_verify() -> None:
    with pytest.raises(LicenceMissing):
        provider(Status.PENDING).verified(NOW)


def test_a_suspended_provider_is_not_verified() -> None:
    with pytest.raises(ProviderSuspended):
        provider(Status.SUSPENDED).with_licence(licence()).verified(NOW)


def test_the_same_licence_is_given_once() -> None:
    with pytest.raises(LicenceKnown):
        provider().with_licence(licence("77")).with_licence(licence("77"))


def test_forgetting_staff_takes_name_and_account_and_nothing_else() -> None:
    here, person = place(), AccountId(new_id())
    nico = member(here, account=person)
    after = provider().with_place(here).with_member(nico).with_member(member(here)).forgetting(person)
    assert after.member(nico.id) == Member(nico.id, None, (here.id,), None)
    assert [one.display_name for one in after.staff] == [None, "Nico"]
    assert after.status is Status.ACTIVE


def test_forgetting_the_owner_suspends_the_provider() -> None:
    shop = provider()
    assert shop.forgetting(shop.owner).status is Status.SUSPENDED
