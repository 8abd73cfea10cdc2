"""Public holidays: closed, unless the provider says otherwise."""

from collections.abc import Sequence
from typing import Annotated, Final, Self

from fastapi import Query

from common.http import Body, Day, InVertical, MaybeCaller
from contracts.ids import PlaceId, ProviderId
from providers import usecases
from providers.api.conflicts import Caution, cautious_router
from providers.api.fields import InContext, Owner
from providers.domain.closing import Holiday

router: Final = cautious_router("/api/v1/providers/{provider_id}/places/{place_id}/holidays", "holidays")


class HolidayBody(Body):
    """Whether the place attends."""

    open: bool


class HolidayShown(HolidayBody):
    """A public holiday of the place's province."""

    date: Day
    name: str

    @classmethod
    def of(cls, holiday: Holiday) -> Self:
        return cls(date=holiday.date, name=holiday.name, open=holiday.open)


class HolidayList(Body):
    """By date."""

    items: tuple[HolidayShown, ...]

    @classmethod
    def of(cls, holidays: Sequence[Holiday]) -> Self:
        return cls(items=tuple(HolidayShown.of(one) for one in holidays))


@router.get("")
async def show_holidays(
    provider_id: ProviderId,
    place_id: PlaceId,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to", description="Included; at most 400 days in all")],
    visitor: MaybeCaller,
    vertical: InVertical,
    context: InContext,
) -> HolidayList:
    """The nation's and the province's."""
    where = (provider_id, place_id)
    return HolidayList.of(await usecases.find_holidays(context, vertical, visitor, *where, (first, last)))


@router.put("/{day}")
async def decide_holiday(
    provider_id: ProviderId,
    place_id: PlaceId,
    day: Day,
    body: HolidayBody,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> HolidayShown:
    """The hours of the week hold on that day, or nobody attends."""
    wanted = (day, body.open)
    return HolidayShown.of(await usecases.decide_holiday(context, vertical, owner, provider_id, place_id, wanted, care))
