"""A relay that sent nothing is not killed for moving its cursor, and every service that writes or reads is killed."""

import asyncio

from tests.faults.catalogue import FAULTS
from tests.faults.failpoints import Senders


async def test_only_the_task_that_sent_is_due_and_once() -> None:
    senders = Senders()

    async def relay(*, busy: bool) -> tuple[bool, bool]:
        if busy:
            senders.note()
        await asyncio.sleep(0)
        return senders.forget(), senders.forget()

    busy, idle = await asyncio.gather(relay(busy=True), relay(busy=False))
    assert (busy, idle) == ((True, False), (False, False))


def test_each_outbox_and_each_inbox_loses_its_process_at_each_point() -> None:
    everybody = {"identity", "providers", "booking", "payments", "notifications", "analytics"}
    assert at("after-send") == at("before-cursor") == {f"{service}-worker" for service in everybody}
    assert at("before-offset") == {f"{service}-worker" for service in everybody - {"identity", "providers"}}
    assert at("after-commit") == {f"{service}-api" for service in everybody - {"notifications"}} | {
        f"{service}-worker" for service in ("booking", "payments", "notifications")
    }


def at(point: str) -> set[str]:
    """The programs that die there."""
    return {name.partition(":")[2] for name in FAULTS if name.startswith(f"{point}:")}
