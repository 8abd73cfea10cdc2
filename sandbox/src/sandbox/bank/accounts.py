"""`/bank/v1/accounts`: whose a CBU or an alias is. Every CBU that checks exists, its holder follows from it."""

import sqlite3
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from sandbox.bank.gate import BankError, require_token
from sandbox.bank.numbers import cbu_holds, holder_of
from sandbox.bodies import JsonObject
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.world import Here

router = APIRouter(prefix="/bank/v1/accounts", tags=["Bank"], dependencies=[Depends(require_token)])

_MISSING = "account_not_found"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of anybody's; a transfer to it fails with `refuses`, if that is set."""

    cbu: str
    alias: str | None
    cuit: str
    name: str
    status: str = "active"
    refuses: str | None = None


@router.get("/{name}")
async def get_account(world: Here, name: str) -> JSONResponse:
    """By its CBU or its alias."""
    account = find(world.store, world.settings, name)
    if account is None or account.refuses == _MISSING:
        raise BankError(404, "not_found")
    return JSONResponse(as_shown(account))


def find(store: Store, settings: Settings, name: str) -> Account | None:
    """Ours, one that was registered or closed, or any CBU that checks."""
    row = store.one("SELECT * FROM bank_account WHERE cbu = ? OR alias = ?", (name, name.lower()))
    if row is not None:
        return _from_row(row)
    if name == settings.bank_cbu or name.lower() == settings.bank_alias.lower():
        return Account(settings.bank_cbu, settings.bank_alias, settings.bank_cuit, "BARBERPRO")
    if not cbu_holds(name):
        return None
    cuit = holder_of(name)
    return Account(name, None, cuit, f"TITULAR {cuit[2:10]}")


def save(store: Store, account: Account) -> None:
    """Register or change one, inside the caller's transaction. Raises sqlite3.IntegrityError for a taken alias."""
    store.run(
        "INSERT INTO bank_account (cbu, alias, cuit, name, status, refuses) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (cbu) DO UPDATE SET alias = excluded.alias, cuit = excluded.cuit, name = excluded.name,"
        " status = excluded.status, refuses = excluded.refuses",
        (account.cbu, account.alias, account.cuit, account.name, account.status, account.refuses),
    )


def as_shown(account: Account) -> JsonObject:
    """An account in the bank's JSON."""
    return {
        "cbu": account.cbu,
        "alias": account.alias,
        "holder_cuit": account.cuit,
        "holder_name": account.name,
        "currency": "ARS",
        "status": account.status,
    }


def _from_row(row: sqlite3.Row) -> Account:
    return Account(**dict(row))
