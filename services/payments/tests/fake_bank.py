"""A bank in memory. It passes the real one's suite (test_bank_port.py); its knobs break what the wire would break."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from common.money import Money
from contracts.ids import new_id
from payments.clients import BankError, BankMissingError, BankRefusedError, BankUnansweredError
from payments.domain.bank import (
    AccountSeen,
    Batch,
    BatchId,
    BatchSeen,
    ItemSeen,
    ItemStatus,
    Movement,
    MovementKind,
    MovementPage,
)
from payments.domain.bank_account import Cbu, Cuit, InvalidCbu, parse_cbu

CBUS = (
    "2850590940090418135201",
    "0940099324001313220028",
    "0070999020000065706080",
    "0110433630043313857683",
    "0140339601630201381276",
    "0720146820000001062340",
)
CUIT = "20055361682"


@dataclass
class FakeBank:
    """`fail` holds what the next calls raise before they do anything, `lose` the verbs whose next answer is lost.

    `refuse` holds what is wrong with items by their ids, whatever they are.
    """

    accounts: dict[str, AccountSeen] = field(default_factory=dict)
    batches: dict[BatchId, Batch] = field(default_factory=dict)
    keys: dict[str, Batch] = field(default_factory=dict)
    items: dict[str, ItemSeen] = field(default_factory=dict)
    lines: list[Movement] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fail: list[BankError] = field(default_factory=list)
    lose: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget everything."""
        self.__dict__ = dict(FakeBank().__dict__)
        for cbu in CBUS:
            self.open(cbu)

    def open(self, cbu: str, holder: str = CUIT, *, alias: str | None = None, **changes: object) -> None:
        """An account there, also under its alias."""
        seen = replace(AccountSeen(Cbu(cbu), Cuit(holder), "ARS", active=True), **changes)  # type: ignore[arg-type]
        for name in (cbu, alias):
            if name is not None:
                self.accounts[name] = seen

    def execute(self, *only: str) -> None:
        """Carry out what is pending, or these items of it; each shows on the account."""
        for item in self._pending(only):
            self.items[item] = ItemSeen(item, ItemStatus.EXECUTED)
            self.move(MovementKind.TRANSFER_OUT, -self._sent(item).minor, item)

    def reject(self, failure: str, *only: str) -> None:
        """Do not carry it out."""
        for item in self._pending(only):
            self.items[item] = ItemSeen(item, ItemStatus.FAILED, failure)

    def send_back(self, item: str) -> Movement:
        """The payee's bank returns it."""
        return self.move(MovementKind.TRANSFER_RETURNED, self._sent(item).minor, item)

    def move(self, kind: MovementKind, minor: int, item: str | None = None, **more: str) -> Movement:
        """A line on our account."""
        made = Movement(f"mv-{new_id()}", datetime.now(UTC), kind, Money(minor), item, **more)
        self.lines.append(made)
        return made

    @property
    def paid(self) -> Mapping[str, int]:
        """What left for each item, in centavos, less what came back."""
        kinds = {MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_RETURNED}
        found: dict[str, int] = {}
        for line in self.lines:
            if line.kind in kinds and line.item is not None:
                found[line.item] = found.get(line.item, 0) - line.amount.minor
        return found

    async def send_batch(self, batch: Batch, key: str) -> None:
        self._enter("send_batch")
        if key in self.keys:
            if self.keys[key] != batch:
                raise BankRefusedError(409, "duplicate")
        elif batch.id in self.batches:
            raise BankRefusedError(409, "duplicate")
        else:
            if wrong := {item.id: code for item in batch.items if (code := self._wrong(item.id, item.cbu))}:
                raise BankRefusedError(422, "invalid_items", wrong)
            self.keys[key] = self.batches[batch.id] = batch
            self.items |= {item.id: ItemSeen(item.id, ItemStatus.PENDING) for item in batch.items}
        self._leave("send_batch")

    async def batch(self, batch_id: BatchId) -> BatchSeen:
        self._enter("batch")
        if batch_id not in self.batches:
            raise BankMissingError(404)
        found = {item.id: self.items[item.id] for item in self.batches[batch_id].items}
        return BatchSeen(found, done=all(item.status is not ItemStatus.PENDING for item in found.values()))

    async def movements(self, after: str | None, most: int) -> MovementPage:
        self._enter("movements")
        start = int(after) if after is not None else 0
        page = self.lines[start : start + most]
        return MovementPage(page, str(start + len(page)))

    async def account(self, name: str) -> AccountSeen:
        self._enter("account")
        if name not in self.accounts:
            raise BankMissingError(404)
        return self.accounts[name]

    def _pending(self, only: tuple[str, ...]) -> list[str]:
        pending = [item for item, seen in self.items.items() if seen.status is ItemStatus.PENDING]
        return [item for item in pending if not only or item in only]

    def _sent(self, item: str) -> Money:
        return next(one.amount for batch in self.batches.values() for one in batch.items if one.id == item)

    def _wrong(self, item: str, cbu: str) -> str | None:
        if item in self.refuse:
            return self.refuse[item]
        try:
            parse_cbu(cbu)
        except InvalidCbu:
            return "invalid_cbu"
        return "duplicate_item" if item in self.items else None

    def _enter(self, verb: str) -> None:
        self.asked.append(verb)
        if self.fail:
            raise self.fail.pop(0)

    def _leave(self, verb: str) -> None:
        if verb in self.lose:
            self.lose.remove(verb)
            raise BankUnansweredError("ReadTimeout")
