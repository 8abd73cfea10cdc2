"""Promises and judgement of the whole, from figures alone."""

import pytest
from services.analytics.tests.sights import DOWN, UNASKED, UP, good, level, load, share, without

from analytics.domain import readiness
from analytics.domain.platform import ServiceHealth
from analytics.domain.scaling import GUESSED, Recommendation, recommend, warnings
from analytics.domain.sight import Blind, Must, Sample, Sight, Verdict
from analytics.domain.state import PROMISE_OF, State, overall, parts

WELL = {"booking": UP, "payments": UP}


def verdict(samples: list[Sample]) -> Verdict:
    (promise,) = Sight.of(samples).promises
    return promise.verdict


def test_a_promise_is_kept_above_its_target_and_not_at_it() -> None:
    assert verdict(share("errors", 0.9991, 0.999)) is Verdict.OK
    assert verdict(share("errors", 0.999, 0.999)) is Verdict.MISSED
    assert verdict(level("outbox", 60, 60)) is Verdict.OK
    assert verdict(level("outbox", 60.1, 60)) is Verdict.MISSED


def test_at_least_is_kept_at_its_target() -> None:
    asked, *told = share("latency", 0.95, 0.95)
    at_least = Sample(asked.name, {**asked.labels, "must": Must.AT_LEAST}, asked.value)
    assert verdict([at_least, *told]) is Verdict.OK


@pytest.mark.parametrize(
    "told",
    [
        share("errors", None, 0.999),
        share("errors", 1, 0.999, events=None),
        share("errors", 1, 0.999, events=999),
        share("errors", 0, 0.999, events=3),
        level("outbox", None, 60),
    ],
)
def test_what_was_not_measured_or_hardly_happened_is_unknown(told: list[Sample]) -> None:
    assert verdict(told) is Verdict.UNKNOWN


def test_a_share_without_its_minimum_of_events_is_unknown() -> None:
    assert verdict([one for one in share("errors", 1, 0.9) if one.name != "objective:minimum"]) is Verdict.UNKNOWN


def test_a_target_of_an_unknown_form_is_named_and_foreign_series_are_passed_over() -> None:
    strange = Sample("objective:target", {"objective": "x", "kind": "share", "must": "please"}, 1)
    sight = Sight.of([strange, Sample("objective:value", {}, 1), Sample("service:up:max", {"service": "booking"}, 1)])
    assert (sight.promises, dict(sight.loads), sight.blind) == ([], {}, Blind.NO_RULES)
    assert sight.unread == ["x"]


def test_without_figures_there_are_no_requests_rather_than_none() -> None:
    assert Sight.of(good()).requests is None
    assert Sight.of([*good(), *load("booking", 3), *load("payments", 4)]).requests == 7


def test_cells_that_share_a_prometheus_are_added_and_the_slower_one_counts() -> None:
    seen = Sight.of([*load("booking", 3, pods=2, p95=0.1), *load("booking", 4, pods=5, p95=0.3)]).loads["booking"]
    assert (seen.requests, seen.pods, seen.p95) == (7, 7, 0.3)


def test_the_whole_is_well_when_every_part_is() -> None:
    found = parts(WELL, Sight.of(good()))
    assert (overall(found), {part.state for part in found}) == (State.OK, {State.OK})
    assert [part.name for part in found] == [
        "services",
        "prometheus",
        "outbox",
        "eventLag",
        "ledger",
        "databaseConnections",
        "alerts",
    ]


@pytest.mark.parametrize(
    ("services", "sight", "state"),
    [
        ({}, Sight.of(good()), State.UNKNOWN),
        ({"booking": UNASKED, "payments": UP}, Sight.of(good()), State.UNKNOWN),
        (WELL, Sight(blind=Blind.UNREACHABLE), State.UNKNOWN),
        (WELL, Sight.of(without("ledger-misses-0-by")), State.UNKNOWN),
        (WELL, Sight.of(share("errors", 1, 0.999)), State.UNKNOWN),
        ({"booking": DOWN, "payments": UP}, Sight(blind=Blind.UNREACHABLE), State.DEGRADED),
        (WELL, Sight.of([*without("event-lag"), *level("event-lag", 61, 60)]), State.DEGRADED),
        ({"booking": DOWN, "payments": DOWN, "identity": UP}, Sight.of(good()), State.DOWN),
    ],
)
def test_the_whole_is_as_bad_as_its_worst_part(services: dict[str, ServiceHealth], sight: Sight, state: State) -> None:
    assert overall(parts(services, sight)) is state


def test_an_alert_that_fires_is_a_part_that_is_bad_though_every_figure_told_is_good() -> None:
    firing = Sight.of([*without("alerts-firing"), *level("alerts-firing", 1, 0, "firing")])
    found = {part.name: part for part in parts(WELL, firing)}
    assert found.pop("alerts").reason.text == "No se cumple: 1 sonando, y el máximo es 0 sonando."
    assert {part.state for part in found.values()} == {State.OK}
    assert not readiness.ready(readiness.criteria(WELL, firing))


def test_a_part_says_why_in_words_and_figures() -> None:
    ledger = [*without("ledger-misses-0-by"), *level("ledger-misses-0-by", 150, 0, "centavos")]
    reasons = {part.name: part.reason for part in parts({"booking": DOWN, "payments": UP}, Sight.of(ledger))}
    assert (reasons["services"].code, reasons["services"].text) == ("services-down", "No responden: booking.")
    assert reasons["ledger"].text == "No se cumple: 150 centavos, y el máximo es 0 centavos."
    assert reasons["databaseConnections"].text == "Se cumple: 120 abiertas, y el máximo es 500 abiertas."


def test_it_is_ready_only_when_everything_is_known_and_kept() -> None:
    found = readiness.criteria(WELL, Sight.of(good()))
    assert readiness.ready(found)
    assert {one.key for one in found} > {"services", "prometheus", "errors", "event-lag"}
    assert not readiness.ready(())


@pytest.mark.parametrize(
    ("services", "sight", "code"),
    [
        (WELL, Sight(blind=Blind.NOT_CONFIGURED), "prometheus-not-configured"),
        ({"booking": DOWN, "payments": UP}, Sight.of(good()), "services-down"),
        ({}, Sight.of(good()), "nobody-watched"),
        (WELL, Sight.of(without("errors")), "no-figure"),
        (WELL, Sight.of([*good(), *share("payments", 1, 0.99, events=49)]), "too-few-events"),
        (WELL, Sight.of([*good(), *share("payments", 0.98, 0.99)]), "missed"),
    ],
)
def test_one_thing_bad_or_unknown_and_it_is_not_ready(
    services: dict[str, ServiceHealth], sight: Sight, code: str
) -> None:
    found = readiness.criteria(services, sight)
    assert not readiness.ready(found)
    assert [one.reason.code for one in found if one.verdict is not Verdict.OK] == [code]


@pytest.mark.parametrize("key", [*PROMISE_OF.values()])
def test_what_a_part_needs_and_prometheus_never_told_is_not_ready(key: str) -> None:
    sight = Sight.of([one for one in good() if one.labels["objective"] != key])
    found = readiness.criteria(WELL, sight)
    assert not readiness.ready(found)
    (missing,) = [one for one in found if one.verdict is not Verdict.OK]
    assert (missing.verdict, missing.reason.code) == (Verdict.UNKNOWN, "no-figure")


def test_a_promise_of_an_unknown_form_is_not_ready() -> None:
    strange = Sample("objective:target", {"objective": "payments", "kind": "share", "must": "between"}, 0.99)
    found = readiness.criteria(WELL, Sight.of([*good(), strange]))
    assert not readiness.ready(found)
    (missing,) = [one for one in found if one.verdict is not Verdict.OK]
    assert (missing.key, missing.verdict, missing.reason.code) == ("payments", Verdict.UNKNOWN, "not-understood")


def test_a_criterion_is_told_in_words() -> None:
    told = [*share("payments", 0.98765, 0.99), *share("webhooks", 1, 0.99, events=12), *share("latency", None, 0.95)]
    texts = {one.key: one.reason.text for one in readiness.criteria(WELL, Sight.of(told))}
    assert texts["payments"] == "No se cumple: 98,765 %, y se pide más de 99 %."
    assert texts["webhooks"] == ("No se sabe: hubo 12 eventos en el último día y hacen falta 1000 para juzgar.")
    assert texts["latency"] == "No se sabe: no hay ninguna medición, y se pide más de 95 %."


def advice(*samples: list[Sample], bears: float = 100) -> Recommendation:
    told = [one for some in samples for one in some]
    (found,) = recommend(["booking"], Sight.of([*good(), *told]), {"booking": bears})
    return found


def test_pods_are_requests_over_what_one_bears_with_room_left() -> None:
    found = advice(load("booking", requests=550, pods=4))
    assert (found.pods, found.headroom, found.pods_for_burst, found.pods_for_large_burst) == (10, 0.7, 28, 55)
    assert [reason.code for reason in found.reasons] == ["more-pods-now", "burst-5x"]
    assert found.reasons[0].text == "Atiende 550 pedidos/s: llevá los pods de 4 a 10."


def test_what_is_predicted_counts_when_it_is_more() -> None:
    found = advice(load("booking", requests=10, predicted=250, pods=3))
    assert (found.pods, found.reasons[0].code) == (5, "more-pods-predicted")
    assert advice(load("booking", requests=250, predicted=10, pods=3)).reasons[0].code == "more-pods-now"


def test_enough_is_said_and_never_fewer_than_two() -> None:
    found = advice(load("booking", requests=2, pods=2))
    assert (found.pods, [reason.code for reason in found.reasons]) == (2, ["enough"])


def test_between_five_and_ten_times_only_the_large_burst_needs_more() -> None:
    assert [reason.code for reason in advice(load("booking", requests=30, pods=2)).reasons] == ["burst-10x"]


def test_without_figures_nothing_is_reckoned() -> None:
    found = advice(load("booking", predicted=900, pods=2))
    assert (found.pods, found.headroom, found.pods_for_burst) == (None, None, None)
    assert [reason.code for reason in found.reasons] == ["no-figures"]
    assert [reason.code for reason in advice(load("booking", requests=9)).reasons] == ["pods-unknown"]


def test_near_its_limits_a_service_is_told_so() -> None:
    assert [one.code for one in advice(load("booking", 2, pods=2, p95=0.15, lag=45)).reasons] == [
        "p95-near-limit",
        "lag-near-limit",
    ]
    assert [one.code for one in advice(load("booking", 2, pods=2, p95=0.149, lag=44)).reasons] == ["enough"]


def test_a_guess_is_called_one() -> None:
    (found,) = recommend(["identity"], Sight.of([*good(), *load("identity", 100, pods=3)]), {})
    assert (found.measured, found.pod_requests, found.pods) == (False, GUESSED, 3)
    assert found.reasons[-1].code == "unmeasured"


@pytest.mark.parametrize(
    ("used", "codes"), [(374, []), (375, ["connections-near-limit"]), (None, ["connections-unknown"])]
)
def test_connections_near_their_limit_are_a_warning(used: float | None, codes: list[str]) -> None:
    sight = Sight.of(level("database-connections", used, 500, "open"))
    assert [one.code for one in warnings(sight)] == codes
