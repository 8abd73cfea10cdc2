"""MercadoPago through its own SDK, which is synchronous: a bounded pool of threads, no retries, one idempotency key.

The SDK opens a session per call, retries on its own and draws random keys; the transport and the options here say
otherwise.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import mercadopago
from mercadopago.config import RequestOptions
from mercadopago.resources import MerchantOrder, Payment, PaymentMethods, Preference, Refund

from common.money import Money
from payments.clients import disputes, wire
from payments.clients.breaker import Breaker
from payments.clients.listings import SdkListings
from payments.clients.port import NotAcceptedError, Offer, Order, UnansweredError
from payments.clients.port import Preference as Page
from payments.clients.transport import Transport
from payments.domain.charge import ChargeId, RefundSeen, Snapshot
from payments.domain.dispute import DisputeId, DisputeSeen
from payments.domain.document import Document
from payments.domain.installments import PayerCost

_THREADS: Final = 8
_QUEUE_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 5.0
_PAGE: Final = 100
_MOST_PAGES: Final = 10
_SKEW: Final = timedelta(minutes=1)


class _Preferences(Preference):  # type: ignore[misc]  # mercadopago ships no types
    """The SDK warns that notification_url belongs in the account's panel; per page, each environment hears its own."""

    def create(self, preference_object: dict[str, Any], request_options: object = None) -> Any:
        return self._post("/checkout/preferences", data=preference_object, request_options=request_options)


class _Payments(Payment):  # type: ignore[misc]  # mercadopago ships no types
    """The same for payments."""

    def create(self, payment_object: dict[str, Any], request_options: object = None) -> Any:
        return self._post("/v1/payments", data=payment_object, request_options=request_options)


class _PaymentMethods(PaymentMethods):  # type: ignore[misc]  # mercadopago ships no types
    """The SDK knows no installments."""

    def installments(self, filters: dict[str, Any]) -> Any:
        return self._get("/v1/payment_methods/installments", filters=filters)


class SdkMercadoPago(SdkListings):
    """The real port. `seconds` bounds a whole answer; a call that outlives it by 5 s is let go as unanswered."""

    def __init__(self, base_url: str, token: str, seconds: float, breaker: Breaker | None = None) -> None:
        self._new = breaker if breaker is not None else Breaker()
        self._seconds, self._transport = seconds, Transport(base_url)
        sdk = mercadopago.SDK(token, http_client=self._transport, request_options=self._options(seconds))
        self._preferences = _Preferences(sdk.request_options, sdk.http_client)
        self._payments = _Payments(sdk.request_options, sdk.http_client)
        self._methods = _PaymentMethods(sdk.request_options, sdk.http_client)
        self._refunds = Refund(sdk.request_options, sdk.http_client)
        self._orders = MerchantOrder(sdk.request_options, sdk.http_client)
        self._chargebacks = disputes.Chargebacks(sdk.request_options, sdk.http_client)
        self._claims = disputes.Claims(sdk.request_options, sdk.http_client)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="mercadopago")
        self._free = asyncio.Semaphore(_THREADS)
        super().__init__(sdk.request_options, self._transport, self._ask)

    def close(self) -> None:
        """Let go of the threads; calls under way end by their own time-outs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

    async def create_preference(self, offer: Offer, key: str) -> Page:
        body, options = wire.preference_body(offer), self._keyed(key)
        with self._new.guard():
            return wire.read_preference(await self._ask(lambda: self._preferences.create(body, options)))

    async def find_preferences(self, external_reference: str) -> Sequence[str]:
        filters = {"external_reference": external_reference}
        return wire.read_preference_ids(await self._ask(lambda: self._preferences.search(filters)), external_reference)

    async def preference(self, preference_id: str) -> Page:
        return wire.read_preference(await self._ask(lambda: self._preferences.get(preference_id)))

    async def close_preference(self, preference_id: str) -> None:
        # MercadoPago's clock decides, so this is the wall clock's past, whatever our own clocks say.
        past = wire.stamp(datetime.now(UTC) - _SKEW)
        body = {"expires": True, "expiration_date_to": past}
        await self._ask(lambda: self._preferences.update(preference_id, body))

    async def create_payment(self, order: Order, key: str) -> Snapshot:
        body, options = wire.order_body(order), self._keyed(key)
        with self._new.guard():
            return wire.read_payment(await self._ask(lambda: self._payments.create(body, options)))

    async def installments(
        self, amount: Money, bin_digits: str, method_id: str | None, issuer_id: str | None
    ) -> Sequence[PayerCost]:
        asked = {"bin": bin_digits, "amount": str(amount.as_units()), "payment_method_id": method_id}
        filters = {name: value for name, value in (asked | {"issuer.id": issuer_id}).items() if value is not None}
        reply = await self._ask(lambda: self._methods.installments(filters))
        return wire.read_installments(reply, amount.currency)

    async def payment(self, payment_id: ChargeId) -> Snapshot:
        return wire.read_payment(await self._ask(lambda: self._payments.get(payment_id)))

    async def find_payments(self, external_reference: str) -> Sequence[Snapshot]:
        found: list[Snapshot] = []
        for page in range(_MOST_PAGES):
            filters = _search(external_reference, offset=page * _PAGE)
            results, total = wire.read_payments(await self._ask(partial(self._payments.search, filters)))
            found += [each for each in results if each.external_reference == external_reference]
            if len(results) < _PAGE or (page + 1) * _PAGE >= total:
                break
        return found

    async def cancel_payment(self, payment_id: ChargeId) -> Snapshot:
        options, body = self._keyed(f"ca:{payment_id}"), {"status": "cancelled"}
        return wire.read_payment(await self._ask(lambda: self._payments.update(payment_id, body, options)))

    async def refund(self, payment_id: ChargeId, amount: Money, key: str) -> RefundSeen | None:
        body, options = {"amount": wire.number(amount)}, self._keyed(key)
        reply = await self._ask(lambda: self._refunds.create(payment_id, body, options))
        return wire.read_refund(reply, amount.currency) if reply is not None else None

    async def merchant_order(self, order_id: str) -> Sequence[ChargeId]:
        return disputes.read_order(await self._ask(lambda: self._orders.get(order_id)))

    async def chargeback(self, chargeback_id: DisputeId) -> DisputeSeen:
        return disputes.read_chargeback(await self._ask(lambda: self._chargebacks.get(chargeback_id)))

    async def find_chargebacks(self, payment_id: ChargeId) -> Sequence[DisputeSeen]:
        filters = {"payment_id": payment_id}
        return disputes.read_chargebacks(await self._ask(lambda: self._chargebacks.search(filters)), payment_id)

    async def claim(self, claim_id: DisputeId) -> DisputeSeen:
        return disputes.read_claim(await self._ask(lambda: self._claims.get(claim_id)))

    async def document_chargeback(self, chargeback_id: DisputeId, documents: Sequence[Document], key: str) -> None:
        options = self._keyed(key)
        await self._ask(lambda: self._chargebacks.document(chargeback_id, documents, options))

    def _keyed(self, key: str) -> RequestOptions:
        return self._options(self._seconds, {"x-idempotency-key": key})

    @staticmethod
    def _options(seconds: float, headers: dict[str, str] | None = None) -> RequestOptions:
        return RequestOptions(connection_timeout=float(seconds), max_retries=0, custom_headers=headers)

    async def _ask(self, call: Callable[[], Any], seconds: float | None = None) -> Any:
        """Run one SDK call on a thread of ours. The slot is free again when the thread is, not when we stop waiting."""
        try:
            async with asyncio.timeout(_QUEUE_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise NotAcceptedError("busy") from None
        running = asyncio.get_running_loop().run_in_executor(self._threads, call)
        running.add_done_callback(self._landed)
        try:
            async with asyncio.timeout((seconds or self._seconds) + _GRACE_SECONDS):
                reply = await asyncio.shield(running)
        except TimeoutError:
            raise UnansweredError("too-slow") from None
        return reply["response"]

    def _landed(self, call: "asyncio.Future[Any]") -> None:
        self._free.release()
        if not call.cancelled():
            call.exception()


def _search(external_reference: str, offset: int) -> dict[str, Any]:
    return {
        "external_reference": external_reference,
        "sort": "date_created",
        "criteria": "asc",
        "limit": _PAGE,
        "offset": offset,
    }


@asynccontextmanager
async def connected(base_url: str, token: str, seconds: float) -> AsyncIterator[SdkMercadoPago]:
    """The real MercadoPago as long as the block lasts."""
    client = SdkMercadoPago(base_url, token, seconds)
    try:
        yield client
    finally:
        client.close()
