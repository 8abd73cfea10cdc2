"""A payment as GET and search show it, which the knobs can make a lie; the sandbox's own ledger never lies."""

from sandbox.mercadopago import views
from sandbox.mercadopago.gate import JsonObject
from sandbox.mercadopago.records import Payment
from sandbox.money import to_number
from sandbox.world import World

_TOO_MUCH = 100
"""A peso, in centavos: enough to be noticed by who compares, and by nobody else."""


def shown(world: World, payment: Payment) -> dict[str, object]:
    """The payment object, or a lie: `wrong_amount`, `wrong_currency`, `wrong_collector`."""
    told: JsonObject = views.full_json(world.store, payment, world.settings)
    board, knobs = world.board, world.board.now
    if board.hits("wrong_amount", knobs.wrong_amount):
        told["transaction_amount"] = to_number(payment.amount + _TOO_MUCH)
    if board.hits("wrong_currency", knobs.wrong_currency):
        told["currency_id"] = "USD"
    if board.hits("wrong_collector", knobs.wrong_collector):
        told["collector_id"] = world.settings.collector_id + 1
    return told
