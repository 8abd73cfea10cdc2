"""Wait until the road is quiet, then ask every check."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from localstack.environment import Context
from localstack.verify import bookings, events, keys, messages, money, projections
from localstack.verify.evidence import Evidence, gather
from localstack.verify.readers import behind
from localstack.verify.verdict import Verdict, verdict

_PAUSE: Final = 0.5
MOST_LOOKS: Final = 6
Look = Callable[[], Awaitable[tuple[Sequence[Verdict], bool]]]
CHECKS: Final = (
    bookings.no_overlaps,
    bookings.money_follows,
    money.ledger_matches,
    keys.one_key_one_effect,
    events.all_sent_in_order,
    events.each_counts_once,
    messages.all_told,
    projections.recount_agrees,
)
_UNSENT: Final = "outbox WHERE NOT pg_visible_in_snapshot(xid, (SELECT snapshot FROM relay_cursor))"
# What is being done is leased: its due time lies ahead, by a minute at the most.
_SOON: Final = "app_now() + interval '61 seconds'"
_DUE: Final = {
    ("payments", "*"): {
        "webhooks": f"webhook WHERE due_at <= {_SOON}",
        "movements": f"bank_movement WHERE due_at <= {_SOON}",
    },
    ("payments", ""): {
        "refunds": f"refund WHERE due_at <= {_SOON}",
        "closings": f"intent WHERE close_due_at <= {_SOON}",
        "earnings": f"intent WHERE earn_due_at <= {_SOON}",
        # An open one waits for its client, and is looked at meanwhile: that may be a stranger, who never proves it.
        "withdrawals": f"withdrawal WHERE due_at <= {_SOON} AND status <> 'open'",
        "batches": f"payout_batch WHERE due_at <= {_SOON}",
        "documents": f"dispute WHERE send_due_at <= {_SOON}",
    },
    ("booking", ""): {
        "bookings": "booking WHERE due_at <= app_now()",
        "sessions": "session WHERE due_at <= app_now()",
    },
    ("notifications", ""): {
        "messages": "notification WHERE status IN ('pending', 'sending') AND due_at <= app_now()",
    },
}


async def judge(context: Context, drain_seconds: float) -> Sequence[Verdict]:
    """The verdicts on I1-I9, once nothing is under way any more or `drain_seconds` have passed."""
    return await look_until_sure(lambda: _look(context, drain_seconds))


async def look_until_sure(look: Look) -> Sequence[Verdict]:
    """What seems broken is looked at once more, and again, a few times, as long as something happened meanwhile.

    Kafka and the databases are read one after another, and a hold that falls due between them is no broken promise.
    What is broken stays broken.
    """
    for number in range(1, MOST_LOOKS + 1):
        verdicts, moved = await look()
        if all(one.kept for one in verdicts) or (number > 1 and not moved):
            break
    return verdicts


async def _look(context: Context, drain_seconds: float) -> tuple[Sequence[Verdict], bool]:
    """The verdicts, and whether any event was committed while we looked."""
    drained = await drain(context, drain_seconds)
    before = await _newest_events(context)
    evidence = await gather(context)
    try:
        verdicts = [*[await check(evidence) for check in CHECKS], drained]
    finally:
        await evidence.close()
    return verdicts, before != await _newest_events(context)


async def _newest_events(context: Context) -> list[int]:
    evidence = Evidence(context)
    try:
        return [
            await evidence.count(service, scope, "SELECT max(id) FROM outbox")
            for service, scopes in context.scopes.items()
            for scope in scopes
        ]
    finally:
        await evidence.close()


async def drain(context: Context, seconds: float) -> Verdict:
    """I9: every event relayed and read, everything due done."""
    started = time.monotonic()
    evidence = Evidence(context)
    try:
        while True:
            rest = await under_way(evidence)
            waited = time.monotonic() - started
            if not rest or waited > seconds:
                break
            await asyncio.sleep(_PAUSE)
    finally:
        await evidence.close()
    broken = [f"{what}: {count} after {seconds:.0f} s" for what, count in rest.items()]
    groups = sum(len(scopes) for scopes in context.scopes.values())
    return verdict("I9", "nobody is behind", groups, broken, [f"quiet after {waited:.1f} s"] if not rest else [])


async def under_way(evidence: Evidence) -> dict[str, int]:
    """What is not done yet, and how much of it: events to send or to read, rows that are due."""
    rest = await due_rows(evidence)
    lags = await behind(evidence.context.kafka_bootstrap, evidence.context.scopes)
    return rest | {f"group {group} behind": lag for group, lag in lags.items()}


async def due_rows(evidence: Evidence) -> dict[str, int]:
    """What the databases still have to do: "payments/barber refunds" and how many."""
    rest = {}
    for service, scopes in evidence.context.scopes.items():
        for scope in scopes:
            queries = {"events": _UNSENT} | _DUE.get((service, "*" if scope == "*" else ""), {})
            for what, rows in queries.items():
                count = await evidence.count(service, scope, f"SELECT count(*) FROM {rows}")  # noqa: S608 - constants
                if count:
                    rest[f"{service}/{scope} {what}"] = count
    return rest
