"""Our own bank account, read line by line: each movement is kept once, and accounted for once.

It is one account for every vertical, so what is of none of them (a withdrawal from MercadoPago, money that nobody can
explain) is booked in the shared scope's ledger. The bank's balance is that of all scopes together.
"""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.settings import SHARED
from common.uow import Work
from contracts.ids import PayoutId
from payments import store
from payments.clients import Bank, BankError, BankUnreadableError
from payments.domain.backoff import delay
from payments.domain.bank import Movement, MovementKind, MovementStatus
from payments.domain.ledger import EntryKind
from payments.domain.payout import Payout, moved_entry, parse_item
from payments.domain.payout import PayoutStatus as Status
from payments.domain.position import Account
from payments.store import Case, payouts
from payments.store import movements as rows
from payments.store.movements import DueMovement
from payments.usecases.context import PaymentsContext
from payments.usecases.payout_ends import carry_out, send_back
from payments.usecases.posting import post_apart
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_PAGE: Final = 100
_MOST_PAGES: Final = 10
_BATCH: Final = 8
_LEASE: Final = timedelta(seconds=60)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=10)
_MANY_TRIES: Final = 60
_OURS: Final = frozenset({MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_RETURNED})


async def read_bank_movements(context: PaymentsContext, scope: str) -> int:
    """Keep what is new on our account. Reading a page twice, or two readers at once, keeps each line once."""
    if scope != SHARED or context.bank is None:
        return 0
    async with context.uow.read(SHARED) as session:
        after = await rows.find_cursor(session)
    for _ in range(_MOST_PAGES):
        reached = await _keep_page(context, context.bank, after)
        if reached is None:
            break
        after = reached
    # Never at once again: an account without news would be asked without end.
    return 0


async def _keep_page(context: PaymentsContext, bank: Bank, after: str | None) -> str | None:
    """Where to go on; None at the end and without an answer; a line or page that cannot be read is for a person."""
    try:
        page = await bank.movements(after, _PAGE)
    except BankUnreadableError:
        async with context.uow.begin(SHARED) as work:
            await store.open_case(work, Case("bank_page_unreadable", after or "first", "a page of movements"))
        return None
    except BankError as error:
        log.warning("bank.again", reason=f"{type(error).__name__} {error}")
        return None
    async with context.uow.begin(SHARED) as work:
        await rows.insert_movements(work, [(each, _first_status(each)) for each in page.items])
        for line in page.unreadable:
            case = Case("bank_movement_unreadable", line.named(after), "a line of the account, not as documented")
            await store.open_difference(work, case, None, None)
        if page.next is not None and page.next != after:
            await rows.move_cursor(work, after, page.next)
    return page.next if page.length == _PAGE and page.next != after else None


def _first_status(movement: Movement) -> MovementStatus:
    incoming = movement.kind is MovementKind.TRANSFER_IN
    return MovementStatus.UNMATCHED if incoming else MovementStatus.DUE


async def account_for_movements(context: PaymentsContext, scope: str) -> int:
    """Find what each movement is about, and book it where nothing else did."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        due = await rows.claim_movements(work, _BATCH, _LEASE)
    return await side_by_side(
        or_put_off(_account_for(context, each), partial(_again, context, each), movement_id=each.movement.id)
        for each in due
    )


async def _account_for(context: PaymentsContext, due: DueMovement) -> None:
    movement = due.movement
    found = parse_item(movement.item) if movement.kind in _OURS else None
    if movement.kind is MovementKind.MP_WITHDRAWAL and movement.amount.minor > 0:
        await _book(context, movement, MovementStatus.EXPLAINED)
    elif found is None or found[0] not in context.uow.scopes or await _is_taken(context, movement):
        await _book(context, movement, MovementStatus.SUSPENSE)
    else:
        await _of_payout(context, due, *found)


async def _of_payout(context: PaymentsContext, due: DueMovement, vertical: str, payout_id: PayoutId) -> None:
    """What left or came back for a payout of ours; until that is decided the movement waits for it."""
    movement = due.movement
    async with context.uow.read(vertical) as session:
        payout = await payouts.find_payout(session, payout_id)
    if payout is None or not _is_its_money(movement, payout):
        await _book(context, movement, MovementStatus.SUSPENSE)
        return
    if movement.kind is MovementKind.TRANSFER_OUT and payout.status is Status.BATCHED:
        async with context.uow.begin(vertical) as work:
            payout = await carry_out(work, payout_id) or payout
    if movement.kind is MovementKind.TRANSFER_RETURNED and payout.status is Status.EXECUTED:
        async with context.uow.begin(vertical) as work:
            payout = await send_back(work, payout_id) or payout
    if payout.is_open:
        await _again(context, due, f"the payout is {payout.status}", timedelta(0))
        return
    carried_out = payout.status in {Status.EXECUTED, Status.REVERSED}
    await (_end(context, movement) if carried_out else _book(context, movement, MovementStatus.SUSPENSE))


def _is_its_money(movement: Movement, payout: Payout) -> bool:
    sign = 1 if movement.kind is MovementKind.TRANSFER_RETURNED else -1
    same_currency = movement.amount.currency == payout.amount.currency
    return same_currency and movement.amount.minor == sign * payout.amount.minor


async def _is_taken(context: PaymentsContext, movement: Movement) -> bool:
    async with context.uow.read(SHARED) as session:
        return await rows.is_taken(session, movement)


async def _book(context: PaymentsContext, movement: Movement, status: MovementStatus) -> None:
    """Into the shared ledger; what cannot be explained waits in suspense for a person."""
    explained = status is MovementStatus.EXPLAINED
    kind, counter = (
        (EntryKind.WITHDRAWAL, Account.PSP_AVAILABLE) if explained else (EntryKind.SUSPENSE, Account.SUSPENSE)
    )
    async with context.uow.begin(SHARED) as work:
        if movement.amount:
            await post_apart(work, None, moved_entry(movement.id, kind, movement.amount, counter))
        if not explained:
            await _ask_a_person(work, movement)
        await rows.end_movement(work, movement.id, status)


async def _ask_a_person(work: Work, movement: Movement) -> None:
    found = f"{movement.kind} of {movement.amount}"
    await store.open_case(work, Case("bank_movement_unexplained", movement.id, found))
    log.warning("bank.unexplained", movement_id=movement.id, kind=movement.kind)


async def _end(context: PaymentsContext, movement: Movement) -> None:
    """Explained by its payout, whose own entries stand for it. Of two that are alike only one can be."""
    async with context.uow.begin(SHARED) as work:
        await rows.end_movement(work, movement.id, MovementStatus.EXPLAINED)


async def _again(context: PaymentsContext, due: DueMovement, why: str, at_least: timedelta) -> None:
    async with context.uow.begin(SHARED) as work:
        await rows.look_again(work, due.movement.id, max(delay(due.tries, _FIRST_WAIT, _LONGEST_WAIT), at_least))
        if due.tries >= _MANY_TRIES:
            await store.open_case(work, Case("bank_movement_stuck", due.movement.id, why))
