"""When somebody attends, and when they are away."""

from typing import Annotated, Final

from fastapi import Query

from common.http import Day, InVertical, Key, MaybeCaller, once
from contracts.ids import PlaceId, ProviderId, StaffId, TimeOffId
from providers import usecases
from providers.api.conflicts import REHEARSED, Caution, cautious_router
from providers.api.fields import InContext, Insider, Owner
from providers.api.times import DayHours, HoursBody, HoursList, HoursShown, TimeOffBody, TimeOffList, TimeOffShown

router: Final = cautious_router("/api/v1/providers/{provider_id}/staff/{staff_id}", "hours and time off")
PlaceIdInQuery = Annotated[PlaceId, Query(alias="placeId")]


@router.put("/schedule")
async def publish_hours(
    provider_id: ProviderId,
    staff_id: StaffId,
    body: HoursBody,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> HoursShown:
    """The hours at one place; they replace those published before, the single days too."""
    hours = await usecases.publish_hours(context, vertical, owner, provider_id, staff_id, body.hours(), care)
    return HoursShown.of(hours)


@router.get("/schedule")
async def show_hours(
    provider_id: ProviderId, staff_id: StaffId, visitor: MaybeCaller, vertical: InVertical, context: InContext
) -> HoursList:
    """The hours at each place where they attend."""
    return HoursList.of(await usecases.find_hours(context, vertical, visitor, provider_id, staff_id))


@router.put("/schedule/days/{day}")
async def set_day(
    provider_id: ProviderId,
    staff_id: StaffId,
    day: Day,
    place_id: PlaceIdInQuery,
    body: DayHours,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> HoursShown:
    """Hours of that day alone, in place of the week's; no windows: closed."""
    where = (provider_id, staff_id, place_id)
    return HoursShown.of(await usecases.set_day(context, vertical, owner, *where, body.on(day), care))


@router.delete("/schedule/days/{day}", status_code=204, responses=REHEARSED)
async def clear_day(
    provider_id: ProviderId,
    staff_id: StaffId,
    day: Day,
    place_id: PlaceIdInQuery,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> None:
    """The week's hours hold that day again."""
    await usecases.clear_day(context, vertical, owner, provider_id, staff_id, place_id, day, care)


@router.post("/time-off", status_code=201, responses=REHEARSED)
async def take_time_off(
    provider_id: ProviderId,
    staff_id: StaffId,
    body: TimeOffBody,
    insider: Insider,
    vertical: InVertical,
    context: InContext,
    care: Caution,
    key: Key,
) -> TimeOffShown:
    """They attend nowhere in that time. The owner says so of anybody, somebody with an account of themselves."""
    request = once(key, TimeOffShown.of)
    who = (provider_id, staff_id)
    return TimeOffShown.of(await usecases.take_time_off(context, vertical, insider, *who, body.wanted(), care, request))


@router.get("/time-off")
async def show_time_off(
    provider_id: ProviderId, staff_id: StaffId, insider: Insider, vertical: InVertical, context: InContext
) -> TimeOffList:
    """What is not over."""
    return TimeOffList.of(await usecases.find_absences(context, vertical, insider, provider_id, staff_id))


@router.delete("/time-off/{time_off_id}", status_code=204)
async def call_off_absence(
    provider_id: ProviderId,
    staff_id: StaffId,
    time_off_id: TimeOffId,
    insider: Insider,
    vertical: InVertical,
    context: InContext,
) -> None:
    """They attend after all."""
    await usecases.call_off_absence(context, vertical, insider, provider_id, staff_id, time_off_id)
