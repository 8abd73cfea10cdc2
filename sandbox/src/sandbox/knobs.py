"""The fault knobs: what the outside world does wrong, how often, and the seeded dice that decide when."""

from collections import Counter
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.store import Store

Rate = Annotated[float, Field(ge=0, le=1)]
ErrorKind = Literal["429", "500", "html"]
BankFailure = Literal["account_closed", "account_not_found", "holder_mismatch", "limit"]


class Knobs(BaseModel):
    """Every knob at rest does nothing. Rates are 0..1, `true` meaning always; durations say their unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 1
    """The same seed and the same order of events give the same faults."""

    duplicate: int = Field(default=1, ge=1, le=50)
    """Deliveries of each notification."""
    reorder: bool = False
    """Deliveries leave in random order, each up to `reorder_window_ms` late."""
    reorder_window_ms: int = Field(default=1000, ge=0, le=600_000)
    drop: Rate = 0.0
    """The share of deliveries that never leave."""
    delay_ms: int = Field(default=0, ge=0, le=3_600_000)
    forged: Literal["off", "unsigned", "bad_signature", "both"] = "off"
    """An extra delivery per notification that no honest receiver may believe."""
    ipn: bool = False
    """Also send the old unsigned `?id=..&topic=payment` form, as real accounts get."""
    merchant_order_webhooks: bool = False
    """Also tell `topic_merchant_order_wh` about each payment of a preference."""
    webhook_before_response: bool = False
    """The notification is delivered before the call that caused it is answered."""
    ts_unit: Literal["s", "ms"] = "s"
    data_id_case: Literal["verbatim", "lower", "upper"] = "verbatim"
    """`lower`: signed in lower case, sent as it is; `upper`: sent in upper case, signed in lower case."""
    fresh_ts_on_retry: bool = True
    webhook_secret: str | None = Field(default=None, min_length=1, max_length=200)
    """Signs in place of the configured one, as after a reset in MercadoPago's panel; retries too."""

    error_rate: Rate = 0.0
    """The share of MercadoPago calls refused before they do anything."""
    error_kind: ErrorKind = "500"
    retry_after_seconds: int = Field(default=1, ge=0, le=3600)
    timeout_after_accept: Rate = 0.0
    """The share of MercadoPago writes that are carried out and then never answered."""
    hold_seconds: float = Field(default=60.0, gt=0, le=600)
    fault_path: str = Field(default="", max_length=200)
    """Only calls whose path contains this text suffer errors and time-outs."""
    max_faults: int | None = Field(default=None, ge=0)
    """Errors and time-outs stop by themselves after this many since the knobs were last set."""
    refund_dialect: Literal["documented", "measured"] = "documented"
    """`measured`: what a live account was seen to do, see the README."""

    wrong_amount: Rate = 0.0
    """The share of payments shown with a peso too much; what is stored stays right."""
    wrong_currency: Rate = 0.0
    wrong_collector: Rate = 0.0

    chargeback_won_as: Literal["reimbursed", "approved"] = "reimbursed"
    """`approved`: a chargeback decided for the seller takes the payment back to approved/accredited."""
    report_omit: Rate = 0.0
    """The share of payments a settlement report leaves out; the next two change an amount, or tell a line twice."""
    report_wrong_amount: Rate = 0.0
    report_twice: Rate = 0.0
    report_payment: str = Field(default="", max_length=20)
    """Only this payment's lines are reported wrong."""
    report_delay_ms: int = Field(default=200, ge=0, le=600_000)
    """How long after it was asked for a report is ready."""

    bank_error_rate: Rate = 0.0
    """The share of calls the bank refuses before it does anything; `fault_path` and `max_faults` hold here too."""
    bank_error_kind: ErrorKind = "500"
    bank_timeout_after_accept: Rate = 0.0
    """The share of writes the bank carries out and never answers."""
    bank_slow_ms: int = Field(default=0, ge=0, le=120_000)
    """Every answer of the bank comes later by this much."""
    bank_hold: bool = False
    """Accepted transfers wait until this is off again, or until `/sandbox/bank/batches/{id}/execute`."""
    bank_execution_ms: int = Field(default=0, ge=0, le=86_400_000)
    """How long after its acceptance a transfer is executed."""
    bank_failure_rate: Rate = 0.0
    """The share of transfers that fail, as `bank_failure` says."""
    bank_failure: BankFailure = "limit"

    whatsapp_error_rate: Rate = 0.0
    whatsapp_error_code: Literal[131000, 131026, 131048, 130429] = 131000
    whatsapp_timeout_after_accept: Rate = 0.0
    whatsapp_number_form: Literal["any", "549", "54"] = "any"
    """Which form of an Argentine mobile is accepted; the other is error 131030."""

    mail_refuse: Rate = 0.0
    mail_refuse_code: Literal[421, 451, 550, 552] = 451


class KnobBoard:
    """The knobs in force, kept in the store so that a restart does not end a fault drill."""

    def __init__(self, store: Store) -> None:
        self._store = store
        row = store.one("SELECT value FROM knob WHERE name = 'knobs'")
        self._knobs = Knobs() if row is None else Knobs.model_validate_json(row["value"])
        self._rolls: Counter[str] = Counter()
        self.fired: Counter[str] = Counter()
        self._fired_since_set = 0

    @property
    def now(self) -> Knobs:
        """The knobs in force."""
        return self._knobs

    def set(self, knobs: Knobs) -> None:
        """Replace all knobs and start the dice again from the seed."""
        with self._store.write():
            self._store.run(
                "INSERT INTO knob VALUES ('knobs', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (knobs.model_dump_json(),),
            )
        self._knobs = knobs
        self._rolls.clear()
        self._fired_since_set = 0

    def roll(self, name: str) -> float:
        """The next number in [0, 1) of the dice called `name`."""
        nth = self._rolls[name]
        self._rolls[name] += 1
        return Random(f"{self._knobs.seed}:{name}:{nth}").random()

    def hits(self, name: str, rate: float) -> bool:
        """Whether the fault strikes this time; counted in `fired` when it does."""
        if rate <= 0 or self.roll(name) >= rate:
            return False
        self.struck(name)
        return True

    def struck(self, name: str) -> None:
        """A knob without dice did what it is for; `fired` counts it too."""
        self.fired[name] += 1

    def strikes_call(self, name: str, rate: float, path: str) -> bool:
        """`hits`, narrowed by the knobs `fault_path` and `max_faults`."""
        knobs = self._knobs
        if knobs.fault_path not in path:
            return False
        if knobs.max_faults is not None and self._fired_since_set >= knobs.max_faults:
            return False
        struck = self.hits(name, rate)
        self._fired_since_set += struck
        return struck
