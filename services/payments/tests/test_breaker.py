"""The circuit breaker, by a clock of the test's own."""

import asyncio
from dataclasses import dataclass, field

import pytest

from payments.clients import Breaker, MercadoPagoError, NotAcceptedError, RefusedError, UnansweredError


@dataclass
class Asked:
    """What is asked behind a breaker that opens after three failures for ten seconds."""

    now: float = 100.0
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(failures=3, seconds=10, longest=60, clock=lambda: self.now)

    def ends(self, error: BaseException | None = None) -> str:
        """One request that ends so; what the asker sees."""
        try:
            with self.breaker.guard():
                if error is not None:
                    raise error
        except MercadoPagoError as seen:
            return str(seen)
        return "done"

    def fail(self, times: int) -> None:
        for _ in range(times):
            self.ends(UnansweredError("ReadTimeout"))


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_it_opens_after_failures_in_a_row_and_says_for_how_long(asked: Asked) -> None:
    asked.fail(2)
    assert asked.ends() == "done"
    asked.fail(3)
    asked.now += 3.5
    with pytest.raises(NotAcceptedError, match="circuit-open") as refused, asked.breaker.guard():
        raise AssertionError("nothing is asked while it is open")
    assert refused.value.retry_after == 7


@pytest.mark.parametrize("error", [NotAcceptedError("connection-refused"), UnansweredError("http-500")])
def test_certain_failures_and_time_outs_count_alike(asked: Asked, error: MercadoPagoError) -> None:
    for _ in range(3):
        asked.ends(error)
    assert asked.ends() == "circuit-open"


def test_a_refusal_is_an_answer(asked: Asked) -> None:
    for _ in range(5):
        asked.fail(2)
        assert asked.ends(RefusedError(400)) == "http-400"
    assert asked.ends() == "done"


def test_one_request_is_let_through_after_a_while_and_its_success_closes_it(asked: Asked) -> None:
    asked.fail(3)
    asked.now += 10
    with asked.breaker.guard():
        assert asked.ends() == "circuit-open"
    assert [asked.ends() for _ in range(3)] == ["done"] * 3
    asked.fail(2)
    assert asked.ends() == "done"


def test_a_probe_that_fails_opens_it_anew(asked: Asked) -> None:
    asked.fail(3)
    asked.now += 10
    asked.fail(1)
    assert asked.ends() == "circuit-open"
    asked.now += 10
    assert asked.ends() == "done"


def test_a_probe_that_is_cancelled_leaves_room_for_the_next(asked: Asked) -> None:
    asked.fail(3)
    asked.now += 10
    with pytest.raises(asyncio.CancelledError), asked.breaker.guard():
        raise asyncio.CancelledError
    asked.now += 10
    assert asked.ends() == "done"


def test_a_cancelled_request_says_nothing_while_it_is_closed(asked: Asked) -> None:
    for _ in range(5):
        with pytest.raises(asyncio.CancelledError), asked.breaker.guard():
            raise asyncio.CancelledError
    assert asked.ends() == "done"


@pytest.mark.parametrize(("told", "waits"), [(7, 7), (3600, 60)])
@pytest.mark.parametrize("kind", [NotAcceptedError, UnansweredError])
def test_it_stays_open_for_as_long_as_mercadopago_said_within_bounds(
    asked: Asked, told: int, waits: int, kind: type[NotAcceptedError | UnansweredError]
) -> None:
    asked.fail(2)
    asked.ends(kind("http-429", told))
    asked.now += waits - 1
    assert asked.ends() == "circuit-open"
    asked.now += 1
    assert asked.ends() == "done"


def test_a_late_success_of_an_earlier_request_closes_it(asked: Asked) -> None:
    with asked.breaker.guard():
        asked.fail(3)
    assert asked.ends() == "done"
