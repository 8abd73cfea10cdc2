"""Settlement reports as tests write them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.payments.tests.builders import Road
from services.payments.tests.fake_listings import HEADER

from common.money import Money
from common.settings import SHARED
from contracts.ids import PaymentId
from payments import usecases
from payments.domain.charge import ChargeId
from payments.domain.reference import Reference
from payments.domain.settlement import day_bounds
from payments.store.reports import want_report, want_reports


def line(charge_id: str, kind: str = "SETTLEMENT", amount: str = "1500.00", **cells: str) -> str:
    """One line; further cells by their names, in any case."""
    known = {
        "SOURCE_ID": charge_id,
        "TRANSACTION_TYPE": kind,
        "TRANSACTION_AMOUNT": amount,
        "TRANSACTION_CURRENCY": "ARS",
        "FEE_AMOUNT": "0.00",
        "TAXES_AMOUNT": "0.00",
        "SETTLEMENT_NET_AMOUNT": amount,
        **{name.upper(): value for name, value in cells.items()},
    }
    return ";".join(known.get(name, "") for name in HEADER.split(";"))


@dataclass
class Desk:
    """Whoever reads the report of one day of the past, which is no other test's."""

    road: Road
    day: date

    async def open(self) -> "Desk":
        """Nothing but this day's report is due."""
        async with self.road.uow.begin(SHARED) as work:
            await want_reports(work)
            await work.connection.execute("UPDATE report SET due_at = NULL, missing_due_at = NULL")
            await want_report(work, self.day)
            await work.connection.execute("UPDATE report SET missing_due_at = NULL WHERE day = $1", self.day)
        return self

    async def step(self) -> str:
        """The report falls due; where it stands then."""
        async with self.road.uow.begin(SHARED) as work:
            await work.connection.execute(
                "UPDATE report SET due_at = app_now() WHERE day = $1 AND due_at IS NOT NULL", self.day
            )
        await usecases.import_reports(self.road.context, SHARED)
        return str((await self.row())["status"])

    async def row(self) -> dict[str, Any]:
        (row,) = await self.road.rows("SELECT * FROM report WHERE day = $1", self.day, scope=SHARED)
        return dict(row)

    async def read(self, *lines: str) -> str:
        """The report says this."""
        await self.step()
        self.road.mercadopago.make_report(*lines, name=f"settlement-{self.day}.csv")
        await self.step()
        return await self.step()

    async def read_raw(self, content: bytes) -> str:
        """The file is this."""
        await self.step()
        self.road.mercadopago.asked_for.clear()
        self.road.mercadopago.put_report(content, day_bounds(self.day), f"settlement-{self.day}.csv")
        await self.step()
        return await self.step()

    async def lines(self) -> int:
        row = await self.row()
        (count,) = await self.road.rows(
            "SELECT count(*) AS n FROM report_row WHERE report_id = $1", row["id"], scope=SHARED
        )
        return int(count["n"])

    async def differences(self, subject: str, scope: str = "barber") -> list[tuple[str, int | None, int | None]]:
        """The cases about it: kind, our centavos and theirs."""
        rows = await self.road.rows(
            "SELECT kind, ours_minor, theirs_minor FROM reconciliation_case WHERE subject = $1 ORDER BY kind",
            subject,
            scope=scope,
        )
        return [(row["kind"], row["ours_minor"], row["theirs_minor"]) for row in rows]

    async def paid(self, fee: int = 0, tax: int = 0) -> tuple[PaymentId, ChargeId]:
        """1,500.00 paid, of which MercadoPago keeps so many centavos."""
        payment_id = await self.road.begin(await self.road.book())
        charge_id = self.road.pay(payment_id)
        seen = self.road.mercadopago.charges[charge_id]
        self.road.mercadopago.charges[charge_id] = replace(seen, fee=Money(fee), withheld=Money(tax))
        await self.road.see_now(charge_id)
        return payment_id, charge_id

    def reference(self, payment_id: PaymentId) -> str:
        return str(Reference("barber", payment_id))
