"""What happens when a person asks to be forgotten, and what a late reader is told."""

from uuid import UUID

from services.providers.tests.builders import Desk, SitDown

from common.testing import Databases, event
from contracts.identity import AccountErased, AccountKind
from contracts.ids import AccountId, new_id
from contracts.providers import ProviderStatus, ProviderUpdated, SchedulePublished, ServicePublished, TimeOffPublished
from providers import usecases


async def erase(desk: Desk, account: AccountId) -> None:
    fact = AccountErased(version=3, account_id=account, kind=AccountKind.REGISTERED, roles=())
    async with desk.context.uow.begin(desk.vertical) as work:
        await usecases.forget_account(desk.context, work, event(fact, "*"))


async def test_a_forgotten_member_of_staff_loses_name_and_account(owner: Desk, visitor: Desk) -> None:
    shop, person = await owner.open_shop(), AccountId(new_id())
    await owner.patch(f"/providers/{shop.id}/staff/{shop.staff}", {"accountId": str(person)})
    await erase(owner, person)
    (member,) = (await owner.get(f"/providers/{shop.id}"))["staff"]
    assert (member["displayName"], member["accountId"], member["placeIds"]) == (None, None, [shop.place])
    last = (await owner.told(shop.id))[-1].data
    assert isinstance(last, ProviderUpdated)
    assert [one.account_id for one in last.staff] == [None]
    assert (await visitor.get(f"/providers/{shop.id}"))["status"] == "active"


async def test_even_a_dismissed_member_is_forgotten(owner: Desk, databases: Databases) -> None:
    shop, person = await owner.open_shop(), AccountId(new_id())
    await owner.patch(f"/providers/{shop.id}/staff/{shop.staff}", {"accountId": str(person)})
    await owner.delete(f"/providers/{shop.id}/staff/{shop.staff}")
    await erase(owner, person)
    async with owner.context.uow.read("barber") as session:
        row = await session.connection.fetchrow("SELECT * FROM staff WHERE id = $1", UUID(shop.staff))
    assert (row["display_name"], row["account_id"], row["active"]) == (None, None, False)


async def test_a_forgotten_owner_s_provider_is_suspended_and_found_no_more(owner: Desk, sit_down: SitDown) -> None:
    shop = await owner.open_shop()
    await owner.post(f"/providers/{shop.id}/licences", {"profession": "Barbero", "jurisdiction": "X", "number": "1"})
    await erase(owner, owner.account)
    last = (await owner.told(shop.id))[-1].data
    assert isinstance(last, ProviderUpdated)
    assert last.status is ProviderStatus.SUSPENDED
    await sit_down("").get(f"/providers/{shop.id}", 404)
    operator = sit_down("operator:*")
    assert (await operator.get(f"/providers/{shop.id}"))["licences"] == []
    await operator.post(f"/providers/{shop.id}/verify", status=409)


async def test_forgetting_twice_tells_it_once(owner: Desk) -> None:
    shop = await owner.open_shop()
    await erase(owner, owner.account)
    before = await owner.told(shop.id)
    await erase(owner, owner.account)
    assert await owner.told(shop.id) == before


async def test_a_snapshot_tells_every_aggregate_with_the_version_it_has(owner: Desk) -> None:
    shop = await owner.open_shop()
    hours = await owner.put(f"/providers/{shop.id}/staff/{shop.staff}/schedule", {"placeId": shop.place, "weekly": []})
    week = {"starts": "2027-02-01T00:00", "ends": "2027-02-08T00:00"}
    off = await owner.post(f"/providers/{shop.id}/staff/{shop.staff}/time-off", week)
    pages = {
        shop.id: (usecases.snapshot_providers, ProviderUpdated),
        shop.service: (usecases.snapshot_services, ServicePublished),
        hours["id"]: (usecases.snapshot_schedules, SchedulePublished),
        off["id"]: (usecases.snapshot_absences, TimeOffPublished),
    }
    for subject, (page_after, kind) in pages.items():
        just_before = UUID(int=UUID(subject).int - 1)
        async with owner.context.uow.begin("barber") as work:
            facts = await page_after(work, just_before)
        assert isinstance(facts[0], kind)
        last = (await owner.told(subject))[-1]
        assert (facts[0].subject, facts[0].version) == (UUID(subject), last.sequence)
