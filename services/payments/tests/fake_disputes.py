"""Orders and disputes of the MercadoPago in memory."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from payments.clients import MissingError, RefusedError
from payments.domain.charge import ChargeId, Snapshot
from payments.domain.dispute import DisputeId, DisputeKind, DisputeSeen, Papers
from payments.domain.document import Document


@dataclass
class FakeDisputes(ABC):
    """`merchant_orders` are payments by the order's id, `documents` what was sent for a chargeback."""

    charges: dict[str, Snapshot] = field(default_factory=dict)
    disputes: dict[str, DisputeSeen] = field(default_factory=dict)
    documents: dict[str, list[Document]] = field(default_factory=dict)
    merchant_orders: dict[str, list[ChargeId]] = field(default_factory=dict)
    tick: int = 0

    def contest(self, charge_id: ChargeId, kind: DisputeKind = DisputeKind.CHARGEBACK, **shown: Any) -> DisputeId:
        """The payer disputes a payment; the payment itself is moved by `settle`."""
        at = self._now()
        dispute_id = DisputeId(str(217_000_000_000 + self.tick))
        amount = self.charges[charge_id].amount if kind is DisputeKind.CHARGEBACK else None
        seen = DisputeSeen(dispute_id, kind, (charge_id,), opened_at=at, updated_at=at, amount=amount)
        self.disputes[dispute_id] = replace(seen, **shown)
        return dispute_id

    def rule(self, dispute_id: DisputeId, **shown: Any) -> DisputeSeen:
        """Something about a dispute changes."""
        seen = replace(self.disputes[dispute_id], updated_at=self._now(), **shown)
        self.disputes[dispute_id] = seen
        return seen

    async def merchant_order(self, order_id: str) -> Sequence[ChargeId]:
        await self._enter("merchant_order")
        if order_id not in self.merchant_orders:
            raise MissingError(404)
        return self.merchant_orders[order_id]

    async def chargeback(self, chargeback_id: DisputeId) -> DisputeSeen:
        await self._enter("chargeback")
        return self._dispute(chargeback_id, DisputeKind.CHARGEBACK)

    async def find_chargebacks(self, payment_id: ChargeId) -> Sequence[DisputeSeen]:
        await self._enter("find_chargebacks")
        kind = DisputeKind.CHARGEBACK
        return [each for each in self.disputes.values() if payment_id in each.charge_ids and each.kind is kind]

    async def claim(self, claim_id: DisputeId) -> DisputeSeen:
        await self._enter("claim")
        return self._dispute(claim_id, DisputeKind.CLAIM)

    async def document_chargeback(self, chargeback_id: DisputeId, documents: Sequence[Document], key: str) -> None:
        await self._enter("document_chargeback", key)
        if self._dispute(chargeback_id, DisputeKind.CHARGEBACK).papers is not Papers.PENDING:
            raise RefusedError(400)
        self.documents.setdefault(chargeback_id, []).extend(documents)
        self.rule(chargeback_id, papers=Papers.REVIEW_PENDING)
        self._leave("document_chargeback")

    def _dispute(self, dispute_id: DisputeId, kind: DisputeKind) -> DisputeSeen:
        found = self.disputes.get(dispute_id)
        if found is None or found.kind is not kind:
            raise MissingError(404)
        return found

    @abstractmethod
    async def _enter(self, verb: str, key: str | None = None) -> None:
        """Before a verb is carried out."""

    @abstractmethod
    def _leave(self, verb: str) -> None:
        """After it."""

    @abstractmethod
    def _now(self) -> datetime:
        """A later instant each time."""
