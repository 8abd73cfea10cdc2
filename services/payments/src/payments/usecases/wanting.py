"""How much may be asked for a purpose now: reckoned here, whatever the client says."""

from common.uow import Work
from common.verticals import Vertical
from payments import store
from payments.domain.intent import Intent, Purpose
from payments.domain.payable import Payable
from payments.domain.purpose import Wanted, Wish, balance_of, due_of, tip_of
from payments.usecases.tariffs import tariff_of


async def want(work: Work, vertical: Vertical, payable: Payable, latest: Intent | None, wish: Wish) -> Wanted:
    """`latest` is the newest intent of the wish's purpose. A named refusal when nothing of it can be paid now."""
    now, tariff = await work.now(), tariff_of(vertical)
    if wish.purpose is Purpose.DUE:
        return due_of(payable, latest, tariff, now)
    if wish.purpose is Purpose.TIP:
        return tip_of(payable, wish.amount, latest, now)
    settled = await store.find_settled(work, payable.booking_id, payable.price.currency)
    return balance_of(payable, settled, latest, tariff, now)
