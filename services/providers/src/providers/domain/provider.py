"""The provider: one aggregate of a profile with its places, their chairs and rooms, its staff and its licences.

Every change of what is public gives the provider as it is afterwards, one version on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from common.errors import Refusal
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, StaffId
from providers.domain.parts import Licence, Member, Place, Resource, one, put, without

# Each event carries the whole provider: these keep it below the size of a Kafka record.
MAX_PLACES: Final = 20
MAX_RESOURCES: Final = 50
MAX_STAFF: Final = 100
MAX_LICENCES: Final = 24
MAX_PROVIDERS_OF_ACCOUNT: Final = 20


class UnknownPlace(Refusal):
    """A place named is not one of this provider's."""


class UnknownStaff(Refusal):
    """A member of staff named is not one of this provider's."""


class StaffNotAtPlace(Refusal):
    """That member of staff does not work at that place."""


class LicenceMissing(Refusal):
    """There is no licence to verify."""


class LicenceKnown(Refusal):
    """That licence was already given."""


class ProviderSuspended(Refusal):
    """A suspended provider cannot be verified."""


class Status(StrEnum):
    """Whether clients may find and book the provider."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Provider:
    """A professional or business; `display_name` is the trade name that clients see."""

    id: ProviderId
    owner: AccountId
    display_name: str
    slug: str
    status: Status
    version: int = 1
    places: tuple[Place, ...] = ()
    staff: tuple[Member, ...] = ()
    licences: tuple[Licence, ...] = ()

    def place(self, place_id: PlaceId) -> Place:
        """NotFound for another provider's."""
        return one(self.places, place_id)

    def member(self, staff_id: StaffId) -> Member:
        """NotFound for another provider's."""
        return one(self.staff, staff_id)

    def called(self, display_name: str | None, slug: str | None) -> "Provider":
        """Renamed; None keeps what was."""
        name = display_name or self.display_name
        return replace(self, version=self.version + 1, display_name=name, slug=slug or self.slug)

    def with_place(self, place: Place) -> "Provider":
        """A place opened, or one of its places as it is from now on."""
        return replace(self, version=self.version + 1, places=put(self.places, place, MAX_PLACES))

    def without_place(self, place_id: PlaceId) -> "Provider":
        """A place closed: nobody works there any more."""
        self.place(place_id)
        staff = tuple(
            replace(member, place_ids=tuple(place for place in member.place_ids if place != place_id))
            for member in self.staff
        )
        return replace(self, version=self.version + 1, places=without(self.places, place_id), staff=staff)

    def with_resource(self, place_id: PlaceId, resource: Resource) -> "Provider":
        """A chair or room added to a place, or as it is from now on."""
        place = self.place(place_id)
        return self.with_place(replace(place, resources=put(place.resources, resource, MAX_RESOURCES)))

    def without_resource(self, place_id: PlaceId, resource_id: ResourceId) -> "Provider":
        """A chair or room taken away."""
        place = self.place(place_id)
        place.resource(resource_id)
        return self.with_place(replace(place, resources=without(place.resources, resource_id)))

    def with_member(self, member: Member) -> "Provider":
        """Somebody hired, or as they are from now on; UnknownPlace when a place is not ours."""
        if set(member.place_ids) - {place.id for place in self.places}:
            raise UnknownPlace(fields=[{"field": "placeIds", "reason": "unknown_place"}])
        return replace(self, version=self.version + 1, staff=put(self.staff, member, MAX_STAFF))

    def without_member(self, staff_id: StaffId) -> "Provider":
        """Somebody who left."""
        self.member(staff_id)
        return replace(self, version=self.version + 1, staff=without(self.staff, staff_id))

    def with_licence(self, licence: Licence) -> "Provider":
        """A licence to be checked; LicenceKnown when it was given before. Nothing that is public changes."""
        given = {(known.profession, known.jurisdiction, known.number) for known in self.licences}
        if (licence.profession, licence.jurisdiction, licence.number) in given:
            raise LicenceKnown
        return replace(self, licences=put(self.licences, licence, MAX_LICENCES))

    def verified(self, at: datetime) -> "Provider":
        """Listed, its licences checked; the provider itself when that had been done already."""
        if self.status is Status.SUSPENDED:
            raise ProviderSuspended
        if not self.licences:
            raise LicenceMissing
        if self.status is Status.ACTIVE and all(licence.verified_at for licence in self.licences):
            return self
        licences = tuple(replace(licence, verified_at=licence.verified_at or at) for licence in self.licences)
        return replace(self, version=self.version + 1, status=Status.ACTIVE, licences=licences)

    def forgetting(self, account: AccountId) -> "Provider":
        """Without that person: their staff entries lose name and account, a provider they own is suspended."""
        staff = tuple(
            replace(member, display_name=None, account_id=None) if member.account_id == account else member
            for member in self.staff
        )
        if self.owner != account:
            return replace(self, version=self.version + 1, staff=staff)
        return replace(self, version=self.version + 1, staff=staff, status=Status.SUSPENDED, licences=())

    def must_employ(self, staff_ids: Iterable[StaffId]) -> None:
        """UnknownStaff when one of them is not ours."""
        if set(staff_ids) - {member.id for member in self.staff}:
            raise UnknownStaff(fields=[{"field": "staffIds", "reason": "unknown_staff"}])

    def must_work_at(self, staff_id: StaffId, place_id: PlaceId) -> None:
        """NotFound when the member is not ours, StaffNotAtPlace when they do not work there."""
        if place_id not in self.member(staff_id).place_ids:
            raise StaffNotAtPlace(fields=[{"field": "placeId", "reason": "staff_not_at_place"}])
