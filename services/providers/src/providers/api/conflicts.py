"""Changes that have bookings in their way: how a client says what is to become of them, and what it is told."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from common.http import Body
from contracts.ids import BookingId, StaffId
from providers.domain.conflicts import MOST_LISTED, Care, Rehearsed, Upcoming


class ConflictShown(Body):
    """A booking that would be left outside."""

    id: BookingId
    starts_at: datetime
    staff_id: StaffId


class ConflictsShown(Body):
    """What a change would leave outside: how many bookings, and the first 50. Nothing was saved."""

    total: int
    conflicts: tuple[ConflictShown, ...]

    @classmethod
    def of(cls, conflicts: Sequence[Upcoming]) -> Self:
        listed = (
            ConflictShown(id=one.id, starts_at=one.starts_at, staff_id=one.staff_id) for one in conflicts[:MOST_LISTED]
        )
        return cls(total=len(conflicts), conflicts=tuple(listed))


REHEARSED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": ConflictsShown, "description": "With `dryRun`: what would be left outside"}
}
"""For the `responses` of routes that answer something else when they do what they are for."""


class _Route(APIRoute):
    """A rehearsal is answered with 200 whatever the route's own status is."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def rehearsed(request: Request) -> Response:
            try:
                return await handle(request)
            except Rehearsed as told:
                return JSONResponse(ConflictsShown.of(told.conflicts).model_dump(mode="json", by_alias=True))

        return rehearsed


def cautious_router(prefix: str, tag: str) -> APIRouter:
    """For routes that take a `Caution`."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=_Route)


async def _care(
    accept: Annotated[bool, Query(alias="acceptConflicts", description="Save it whatever is left outside")] = False,
    rehearse: Annotated[bool, Query(alias="dryRun", description="Only say what would be left outside")] = False,
) -> Care:
    return Care(accept, rehearse)


Caution = Annotated[Care, Depends(_care)]
