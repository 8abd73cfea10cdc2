"""The demo's report: its last line, its document, and what it counts."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from rich.console import Console

from common.money import Money
from localstack.demo.accounts import Account
from localstack.demo.desk import due_now, money
from localstack.demo.openings import Opening
from localstack.demo.plan import make_plan
from localstack.demo.report import Report, steps_of
from localstack.demo.shops import Offer
from localstack.demo.stories import Story, figures_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_story(status: str = "held", paid: int = 0, refunded: int = 0) -> Story:
    """A booking and what must come of it."""
    account = Account("a", "token", 0.0)
    opening = Opening(make_plan(1, 20).shops[0], account, "p", (), ())
    booking = {"id": str(UUID(int=1)), "startsAt": (NOW + timedelta(hours=5)).isoformat(), "dueNow": 1500}
    return Story("a story", account, opening, booking, status=status, paid=Money(paid), refunded=Money(refunded))


def printed(report: Report) -> str:
    """Everything that a person sees."""
    out = StringIO()
    report.print(Console(file=out, width=120))
    return out.getvalue()


def test_the_last_line_of_a_good_day_is_ok() -> None:
    assert Report(1, "a").last_line == "demo: ok"


def test_the_last_line_says_what_broke() -> None:
    assert Report(1, "a", problems=["booking: 500"]).last_line == "demo: booking: 500"


def test_the_last_line_is_one_line_and_counts_what_else_broke() -> None:
    report = Report(1, "a", problems=["booking:\n500", "payments: 404", "feed"])
    assert report.last_line == "demo: booking: 500 (and 2 more)"


def test_what_broke_is_printed_whole_and_taken_literally() -> None:
    assert "[bold]x[/bold] happened" in printed(Report(1, "a", problems=["[bold]x[/bold] happened"]))


def test_the_tables_show_what_was_counted() -> None:
    report = Report(1, "a", bookings={"confirmed": 7}, messages=Counter({("email", "booking_confirmed"): 5}))
    text = printed(report)
    assert "confirmed" in text
    assert "booking_confirmed" in text


def test_the_document_is_json_with_money_in_pesos() -> None:
    report = Report(
        1, "a", captured=Money(150_050), refunds=2, refunded=Money(10), dashboards={"barber": {"revenueCaptured": 5}}
    )
    document = json.loads(json.dumps(report.as_json()))
    assert document["ok"] is True
    assert document["captured"] == 1500.5
    assert document["refunds"] == {"count": 2, "sum": 0.1}
    assert document["dashboards"] == {"barber": {"revenueCaptured": 0.05}}


def test_steps_are_sorted_by_their_99th_percentile() -> None:
    steps = steps_of({"fast": [0.001] * 100, "slow": [0.5], "odd": [0.001] * 98 + [1.0, 1.0]})
    assert [step.name for step in steps] == ["odd", "slow", "fast"]
    assert (steps[1].count, steps[1].p50, steps[1].slowest) == (1, 500.0, 500.0)


def test_analytics_figures_are_counted_from_what_became_of_the_bookings() -> None:
    stories = [
        a_story("confirmed", paid=100),
        a_story("completed", paid=100),
        a_story("no_show"),
        a_story("cancelled", paid=100, refunded=50),
        a_story("expired"),
    ]
    assert figures_of(stories) == {
        "created": 5,
        "held": 0,
        "confirmed": 3,
        "cancelled": 1,
        "completed": 1,
        "noShow": 1,
        "expired": 1,
        "revenueCaptured": 300,
        "revenueRefunded": 50,
    }


def test_a_cancelled_booking_is_told_as_such_and_its_confirmation_may_be_overtaken() -> None:
    story = a_story(paid=100)
    story.confirmed()
    story.cancelled(Money(100))
    assert story.told == {"booking_cancelled", "payment_refunded"}


def test_without_money_back_nothing_is_told_of_a_refund() -> None:
    story = a_story()
    story.confirmed()
    story.cancelled(Money.zero())
    assert story.told == {"booking_cancelled"}


@pytest.mark.parametrize(
    ("deposit", "due"),
    [(("none", 0), 0), (("fixed", 1500.5), 150_050), (("fixed", 9999), 650_000), (("percent", 30), 195_000)],
)
def test_what_is_due_in_advance_follows_from_the_offer(deposit: tuple[str, float], due: int) -> None:
    assert due_now(Offer("corte", "Corte", 30, 6500, deposit)) == Money(due)


@pytest.mark.parametrize(("pesos", "minor"), [(8000, 800_000), (750.25, 75_025), (0.1, 10), (0, 0)])
def test_pesos_of_a_body_become_centavos(pesos: float, minor: int) -> None:
    assert money(pesos) == Money(minor)
