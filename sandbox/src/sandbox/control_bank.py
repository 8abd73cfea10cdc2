"""The sandbox's own API of the bank: what other people and other banks do to our account, and when."""

import sqlite3
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from sandbox import clock, readout
from sandbox.bank import accounts, batches, books, execution
from sandbox.bank.books import Movement
from sandbox.bank.numbers import cbu_holds, cuit_holds, holder_of
from sandbox.knobs import BankFailure
from sandbox.money import BadAmountError, from_text
from sandbox.world import Here, World

router = APIRouter(prefix="/sandbox/bank", tags=["sandbox: bank"])

After = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Page = dict[str, Any]


class Incoming(BaseModel):
    """A transfer somebody makes to our account; without a CUIT, that of the holder of the origin's CBU."""

    model_config = ConfigDict(extra="forbid")

    amount: str
    reference: str = Field(default="", max_length=30)
    origin_cbu: str
    origin_cuit: str | None = None


class Registration(BaseModel):
    """An account with a holder of one's choice; transfers to it fail with `refuses`."""

    model_config = ConfigDict(extra="forbid")

    alias: str | None = Field(default=None, pattern=r"^[a-z0-9.-]{6,20}$")
    cuit: str | None = None
    name: str = Field(default="TITULAR DE PRUEBA", min_length=1, max_length=80)
    refuses: BankFailure | None = None


class Execution(BaseModel):
    """Which transfers of a batch to decide now (all that wait, without a list), and how."""

    model_config = ConfigDict(extra="forbid")

    items: list[str] | None = Field(default=None, min_length=1, max_length=500)
    failure: BankFailure | None = None


@router.post("/transfers", status_code=201)
async def receive_transfer(world: Here, wish: Incoming) -> Page:
    """Money arrives on our account."""
    _check(wish.origin_cbu, wish.origin_cuit)
    try:
        amount = from_text(wish.amount)
    except BadAmountError as error:
        raise HTTPException(422, "amount must be written as 1234.50") from error
    if amount == 0:
        raise HTTPException(422, "amount must be positive")
    cuit = wish.origin_cuit or holder_of(wish.origin_cbu)
    movement = Movement("transfer_in", amount, wish.reference, wish.origin_cbu, cuit)
    with world.store.write():
        return books.add(world.store, movement, clock.now_ms())


@router.put("/accounts/{cbu}")
async def register_account(world: Here, cbu: str, wish: Registration) -> Page:
    """Say whose an account is, and open it if it was closed."""
    _check(cbu, wish.cuit)
    account = accounts.Account(cbu, wish.alias, wish.cuit or holder_of(cbu), wish.name, refuses=wish.refuses)
    return _save(world, account)


@router.post("/accounts/{cbu}/close")
async def close_account(world: Here, cbu: str) -> Page:
    """Close it: it is shown as closed, and transfers to it fail."""
    found = accounts.find(world.store, world.settings, cbu)
    if found is None:
        raise HTTPException(404, "no such account")
    return _save(world, accounts.Account(found.cbu, found.alias, found.cuit, found.name, "closed"))


@router.post("/batches/{batch_id}/execute")
async def execute_batch(world: Here, batch_id: str, wish: Execution) -> Page:
    """Decide transfers that wait, the knob `bank_hold` or not; with `failure` they fail."""
    batch = _batch(world, batch_id)
    with world.store.write():
        for item in batches.items_of(world.store, batch_id):
            if item["status"] == "pending" and (wish.items is None or item["id"] in wish.items):
                execution.decide(world, item, clock.now_ms(), wish.failure)
    return batches.as_shown(world.store, batch)


@router.post("/batches/{batch_id}/items/{item_id}/return")
async def return_item(world: Here, batch_id: str, item_id: str) -> Page:
    """An executed transfer comes back; 409 when it was not executed, or came back before."""
    _batch(world, batch_id)
    item = next((each for each in batches.items_of(world.store, batch_id) if each["id"] == item_id), None)
    if item is None:
        raise HTTPException(404, "no such item")
    with world.store.write():
        try:
            return execution.give_back(world, item, clock.now_ms())
        except execution.ReturnedError as error:
            raise HTTPException(409, "the transfer was not executed, or came back already") from error


@router.get("/batches")
async def list_batches(world: Here, after: After = 0, limit: Limit = 100) -> Page:
    """Every batch in the order of arrival, with accounts and exact centavos under `sandbox`."""
    return readout.bank_batches(world, after, limit)


@router.get("/movements")
async def list_movements(world: Here, after: After = 0, limit: Limit = 100) -> Page:
    """Every movement of our account, and its balance."""
    return readout.bank_movements(world, after, limit)


def _batch(world: World, batch_id: str) -> sqlite3.Row:
    execution.look(world)
    found = batches.find(world.store, batch_id)
    if found is None:
        raise HTTPException(404, "no such batch")
    return found


def _save(world: World, account: accounts.Account) -> Page:
    try:
        with world.store.write():
            accounts.save(world.store, account)
    except sqlite3.IntegrityError as error:
        raise HTTPException(409, "the alias is another account's") from error
    return accounts.as_shown(account)


def _check(cbu: str, cuit: str | None) -> None:
    if not cbu_holds(cbu):
        raise HTTPException(422, "not a CBU")
    if cuit is not None and not cuit_holds(cuit):
        raise HTTPException(422, "not a CUIT")
