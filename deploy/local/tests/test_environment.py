"""The settings each program is started with."""

import json
import subprocess

import pytest

from localstack.environment import Context, as_shell, program_settings, running_settings, service_settings
from localstack.programs import SERVICES, find
from localstack.scopes import all_roles, service_scopes

BOOKING = {
    "BOOKING_HOST": "127.0.0.1",
    "BOOKING_API_PORT": "20003",
    "BOOKING_WORKER_PORT": "20103",
    "BOOKING_KAFKA_BOOTSTRAP": "127.0.0.1:21092",
    "BOOKING_KAFKA_PARTITIONS": "3",
    "BOOKING_KAFKA_REPLICATION": "1",
    "BOOKING_JWKS_URL": "http://127.0.0.1:20001/.well-known/jwks.json",
    "BOOKING_TOKEN_ISSUER": "https://barberpro.local",
    "BOOKING_TOKEN_AUDIENCE": "barberpro",
    "BOOKING_PUBLIC_URL": "http://localhost:10080",
    "BOOKING_LOG_LEVEL": "info",
}


def test_a_service_knows_its_addresses_and_those_it_needs(context: Context) -> None:
    settings = running_settings(context, "booking")
    assert BOOKING.items() <= settings.items()
    assert settings["BOOKING_VERTICALS_DIR"] == str(context.verticals)


def test_a_service_gets_the_role_of_each_vertical(context: Context) -> None:
    databases = json.loads(running_settings(context, "booking")["BOOKING_DATABASES"])
    password = context.secrets.roles["booking_barber"]
    assert databases["barber"] == f"postgresql://booking_barber:{password}@127.0.0.1:17432/booking"
    assert set(databases) == {"barber", "psychology"}


def test_identity_is_shared_and_payments_is_both(context: Context) -> None:
    identity = json.loads(running_settings(context, "identity")["IDENTITY_DATABASES"])
    payments = json.loads(running_settings(context, "payments")["PAYMENTS_DATABASES"])
    assert list(identity) == ["*"]
    assert "identity_shared:" in identity["*"]
    assert set(payments) == {"*", "barber", "psychology"}


@pytest.mark.parametrize("service", SERVICES)
def test_the_owners_password_reaches_migrate_and_no_running_process(context: Context, service: str) -> None:
    owners = context.secrets.roles[f"{service}_owner"]
    assert owners in service_settings(context, service)[f"{service.upper()}_OWNER_DATABASES"]
    for part in ("api", "worker"):
        running = program_settings(context, find(f"{service}-{part}"))
        assert owners not in "".join(running.values())
        assert f"{service.upper()}_OWNER_DATABASES" not in running


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_knows_a_password_of_another(context: Context, service: str) -> None:
    values = "".join(service_settings(context, service).values())
    strangers = [role for role in context.secrets.roles if not role.startswith(f"{service}_")]
    assert strangers
    assert not [role for role in strangers if context.secrets.roles[role] in values]


def test_contact_keys_reach_the_entitled_alone(context: Context) -> None:
    entitled = {
        service for service in SERVICES if f"{service.upper()}_CONTACT_KEYS" in running_settings(context, service)
    }
    assert entitled == {"identity", "notifications", "payments"}


def test_sandbox_and_payments_share_what_they_must_agree_on(context: Context) -> None:
    sandbox = program_settings(context, find("sandbox"))
    payments = running_settings(context, "payments")
    for name in ("WEBHOOK_SECRET", "MERCADOPAGO_TOKEN", "COLLECTOR_ID"):
        assert sandbox[f"SANDBOX_{name}"] == payments[f"PAYMENTS_{name}"]
    assert sandbox["SANDBOX_BANK_TOKEN"] == context.secrets.bank_token
    for name in ("BANK_CBU", "BANK_ALIAS"):
        assert sandbox[f"SANDBOX_{name}"] == payments[f"PAYMENTS_{name}"]
    assert payments["PAYMENTS_MERCADOPAGO_URL"] == f"http://127.0.0.1:{sandbox['SANDBOX_PORT']}"
    assert running_settings(context, "notifications")["NOTIFICATIONS_SMTP_PORT"] == sandbox["SANDBOX_SMTP_PORT"]


def test_api_and_worker_write_their_traces_apart(context: Context) -> None:
    files = [program_settings(context, find(f"booking-{part}"))["BOOKING_TRACES_FILE"] for part in ("api", "worker")]
    assert files == [str(context.layout.traces / f"booking-{part}.jsonl") for part in ("api", "worker")]


def test_a_shell_reads_the_settings_as_they_are(context: Context) -> None:
    settings = {"ONE": """it's "quoted" $HOME `ls` \\ and %d""", **running_settings(context, "booking")}
    script = as_shell(settings) + 'printf "%s\\n" "$ONE" "$BOOKING_DATABASES"'
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True).stdout.splitlines()
    assert told == [settings["ONE"], settings["BOOKING_DATABASES"]]


def test_every_scope_has_a_role_and_every_service_an_owner() -> None:
    roles = all_roles(service_scopes(("barber", "psychology")))
    assert {"booking_owner", "booking_psychology", "identity_shared", "payments_shared", "verifier"} <= set(roles)
    assert "identity_barber" not in roles
    assert len(roles) == 6 + (1 + 2 + 2 + 3 + 2 + 2) + 1
