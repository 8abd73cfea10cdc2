"""The HTTP edge: one's own delivery log and preferences."""

from typing import Any

import httpx
import pytest
from services.notifications.tests.builders import Turno, deliver, tell

from common.testing import Tokens
from contracts.ids import AccountId, new_id
from notifications.usecases import NotificationsContext

LOG, PREFERENCES = "/api/v1/notifications", "/api/v1/notification-preferences"


@pytest.fixture
def me(tokens: Tokens, turno: Turno) -> dict[str, str]:
    return tokens.bearer(turno.account)


@pytest.fixture
def somebody(tokens: Tokens) -> dict[str, str]:
    return tokens.bearer(AccountId(new_id()))


async def test_the_log_shows_what_was_sent_and_what_is_still_due(
    context: NotificationsContext, http: httpx.AsyncClient, me: dict[str, str], turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    await deliver(context)
    reply = await http.get(LOG, headers=me)
    items: list[dict[str, Any]] = reply.json()["items"]
    assert reply.status_code == 200
    assert sorted((item["template"], item["channel"], item["status"]) for item in items) == [
        ("booking_confirmed", "email", "sent"),
        ("booking_confirmed", "whatsapp", "sent"),
        ("booking_reminder", "whatsapp", "pending"),
        ("booking_reminder", "whatsapp", "pending"),
    ]
    assert items[0].keys() == {
        "id", "bookingId", "template", "channel", "status", "reason", "createdAt", "dueAt", "sentAt",
    }  # fmt: skip
    assert {item["bookingId"] for item in items} == {str(turno.id)}


async def test_the_log_is_paged_newest_first_and_each_line_comes_once(
    context: NotificationsContext, http: httpx.AsyncClient, me: dict[str, str], turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.confirmed(), turno.cancelled())
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        reply = await http.get(LOG, params={"limit": "2"} | ({"cursor": cursor} if cursor else {}), headers=me)
        seen += [item["id"] for item in reply.json()["items"]]
        cursor = reply.json()["nextCursor"]
        if cursor is None:
            break
    assert len(seen) == 6
    assert seen == sorted(set(seen), reverse=True)


async def test_nobody_sees_anothers_log_nor_that_of_another_vertical(
    context: NotificationsContext,
    http: httpx.AsyncClient,
    me: dict[str, str],
    somebody: dict[str, str],
    turno: Turno,
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    for headers in (somebody, me | {"X-Vertical": "psychology"}):
        assert (await http.get(LOG, headers=headers)).json() == {"items": [], "nextCursor": None}


@pytest.mark.parametrize("path", [LOG, PREFERENCES])
async def test_a_visitor_is_asked_to_log_in(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ({"cursor": "no-cursor-of-ours"}, "invalid-cursor"),
        ({"cursor": "ñ"}, "invalid-cursor"),
        ({"cursor": "x" * 65}, "invalid-request"),
        ({"limit": "0"}, "invalid-request"),
        ({"limit": "101"}, "invalid-request"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(
    http: httpx.AsyncClient, me: dict[str, str], query: dict[str, str], slug: str
) -> None:
    reply = await http.get(LOG, params=query, headers=me)
    assert (reply.status_code, reply.json()["type"]) == (422, f"urn:barberpro:problem:{slug}")


async def test_reminders_are_on_until_they_are_turned_off(
    context: NotificationsContext, http: httpx.AsyncClient, me: dict[str, str], somebody: dict[str, str]
) -> None:
    everything = {"reminders": {"whatsapp": True, "email": True}}
    less = {"reminders": {"whatsapp": False, "email": True}}
    assert (await http.get(PREFERENCES, headers=me)).json() == everything
    changed = await http.put(PREFERENCES, json=less, headers=me)
    assert (changed.status_code, changed.json()) == (200, less)
    assert (await http.get(PREFERENCES, headers=me)).json() == less
    assert (await http.get(PREFERENCES, headers=somebody)).json() == everything
    await http.put(PREFERENCES, json=everything, headers=me)
    assert (await http.get(PREFERENCES, headers=me)).json() == everything


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reminders": {"whatsapp": True}},
        {"reminders": {"whatsapp": "maybe", "email": True}},
        {"reminders": {"whatsapp": True, "email": True, "fax": True}},
        {"reminders": {"whatsapp": True, "email": True}, "confirmations": False},
    ],
)
async def test_preferences_that_make_no_sense_are_refused(
    http: httpx.AsyncClient, me: dict[str, str], body: dict[str, Any]
) -> None:
    assert (await http.put(PREFERENCES, json=body, headers=me)).status_code == 422
