"""The settings of each program as environment variables, one function per group of settings."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localstack.layout import Layout
from localstack.ports import HOST, WATCHER, Ports
from localstack.programs import SERVICES, Kind, Program
from localstack.scopes import owner, role
from localstack.secrets import Secrets

TOKEN_ISSUER = "https://barberpro.local"  # noqa: S105 - a name, not a password
TOKEN_AUDIENCE = "barberpro"  # noqa: S105 - a name, not a password
OPERATOR_EMAIL = "operador@barberpro.local"
MAIL_FROM = "turnos@barberpro.local"
BANK_CBU = "2850590940090418135201"
BANK_ALIAS = "barberpro.cobros"
READS_CONTACTS = frozenset({"identity", "notifications", "payments"})
KAFKA_PARTITIONS = 3

Settings = dict[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What the settings are made of. `scopes`: service -> scopes it keeps a schema for; `python` runs the services.

    `detours`: name of a port -> the port where services find it instead, because something stands between (a proxy
    that injects faults). Commands and checks of the stack itself go straight.
    """

    layout: Layout
    ports: Ports
    secrets: Secrets
    scopes: Mapping[str, Sequence[str]]
    verticals: Path
    python: Path
    detours: Mapping[str, int] = field(default_factory=dict)

    def reached_at(self, name: str) -> int:
        """The port at which services find what is called `name`."""
        return self.detours.get(name, self.ports[name])

    @property
    def sandbox_url(self) -> str:
        """Where the simulated outside world answers."""
        return f"http://{HOST}:{self.ports['sandbox']}"

    @property
    def public_url(self) -> str:
        """What a browser on this machine calls the platform."""
        return f"http://localhost:{self.ports['gateway']}"

    @property
    def kafka_bootstrap(self) -> str:
        """Where Kafka answers."""
        return f"{HOST}:{self.ports['kafka']}"

    def dsn(self, user: str, password: str, database: str, port: int | None = None) -> str:
        """A PostgreSQL URL, straight where no port is given; passwords hold no characters that need escaping."""
        return f"postgresql://{user}:{password}@{HOST}:{port or self.ports['postgres']}/{database}"

    def role_dsn(self, user: str, database: str, port: int | None = None) -> str:
        """The same for a role of the stack."""
        return self.dsn(user, self.secrets.roles[user], database, port)

    def superuser_dsn(self, database: str = "postgres") -> str:
        """The same for the superuser."""
        return self.dsn("postgres", self.secrets.postgres_superuser, database)


def service_settings(context: Context, service: str) -> Settings:
    """All settings of a service; the owner's passwords included, which only `migrate` needs."""
    return running_settings(context, service) | _prefixed(service, _owner_databases(context, service))


def running_settings(context: Context, service: str) -> Settings:
    """The settings its api and worker run with: the owner's passwords are not among them."""
    groups = (
        _addresses,
        _databases,
        _kafka,
        _verticals,
        _tokens,
        _contacts,
        _SPECIAL.get(service, _nothing),
        _telemetry,
    )
    together: Settings = {}
    for group in groups:
        together |= group(context, service)
    return _prefixed(service, together)


def program_settings(context: Context, program: Program) -> Settings:
    """The settings of one supervised program; empty for PostgreSQL, Kafka and the gateway, which have files."""
    if program.kind is Kind.SANDBOX:
        return _prefixed("sandbox", _sandbox(context))
    if program.service is None:
        return {}
    traces = {"TRACES_FILE": str(context.layout.traces / f"{program.name}.jsonl")}
    return running_settings(context, program.service) | _prefixed(program.service, traces)


def as_shell(settings: Settings) -> str:
    """The settings as lines a shell can read."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())


def _prefixed(service: str, settings: Settings) -> Settings:
    return {f"{service.upper()}_{name}": value for name, value in settings.items()}


def _nothing(_context: Context, _service: str) -> Settings:
    return {}


def _addresses(context: Context, service: str) -> Settings:
    return {
        "HOST": HOST,
        "API_PORT": str(context.ports[f"{service}-api"]),
        "WORKER_PORT": str(context.ports[f"{service}-worker"]),
        "PUBLIC_URL": context.public_url,
    }


def _databases(context: Context, service: str) -> Settings:
    port = context.reached_at("postgres")
    own = {scope: context.role_dsn(role(service, scope), service, port) for scope in context.scopes[service]}
    return {"DATABASES": json.dumps(own)}


def _owner_databases(context: Context, service: str) -> Settings:
    own = dict.fromkeys(context.scopes[service], context.role_dsn(owner(service), service))
    return {"OWNER_DATABASES": json.dumps(own)}


def _kafka(context: Context, _service: str) -> Settings:
    return {
        "KAFKA_BOOTSTRAP": f"{HOST}:{context.reached_at('kafka')}",
        "KAFKA_PARTITIONS": str(KAFKA_PARTITIONS),
        "KAFKA_REPLICATION": "1",
    }


def _verticals(context: Context, _service: str) -> Settings:
    return {"VERTICALS_DIR": str(context.verticals)}


def _tokens(context: Context, _service: str) -> Settings:
    return {
        "JWKS_URL": f"http://{HOST}:{context.ports['identity-api']}/.well-known/jwks.json",
        "TOKEN_ISSUER": TOKEN_ISSUER,
        "TOKEN_AUDIENCE": TOKEN_AUDIENCE,
    }


def _contacts(context: Context, service: str) -> Settings:
    return {"CONTACT_KEYS": json.dumps(context.secrets.contact_keys)} if service in READS_CONTACTS else {}


def _telemetry(_context: Context, _service: str) -> Settings:
    return {"LOG_LEVEL": "info"}


def _identity(context: Context, _service: str) -> Settings:
    return {
        "CONTACT_KEY_ID": context.secrets.contact_key_id,
        "SIGNING_KEYS_DIR": str(context.layout.keys),
        "SIGNING_KEY_ID": context.secrets.signing_key_ids[0],
        "FIRST_OPERATOR_EMAIL": OPERATOR_EMAIL,
        "FIRST_OPERATOR_PASSWORD": context.secrets.operator_password,
    }


def _booking(context: Context, _service: str) -> Settings:
    return {"LINK_KEY": context.secrets.link_key}


def _payments(context: Context, _service: str) -> Settings:
    return {
        "MERCADOPAGO_URL": f"http://{HOST}:{context.reached_at('sandbox')}",
        "MERCADOPAGO_TOKEN": context.secrets.mercadopago_token,
        "WEBHOOK_SECRET": context.secrets.webhook_secret,
        "FORMER_WEBHOOK_SECRETS": json.dumps(context.secrets.former_webhook_secrets),
        "COLLECTOR_ID": context.secrets.collector_id,
        "BANK_URL": f"http://{HOST}:{context.reached_at('sandbox')}",
        "BANK_TOKEN": context.secrets.bank_token,
        "BANK_CBU": BANK_CBU,
        "BANK_ALIAS": BANK_ALIAS,
    }


def _notifications(context: Context, _service: str) -> Settings:
    return {
        "WHATSAPP_URL": f"http://{HOST}:{context.reached_at('sandbox')}",
        "WHATSAPP_TOKEN": context.secrets.whatsapp_token,
        "WHATSAPP_PHONE_NUMBER_ID": context.secrets.whatsapp_phone_number_id,
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(context.ports["sandbox-smtp"]),
        "MAIL_FROM": MAIL_FROM,
    }


def _sandbox(context: Context) -> Settings:
    return {
        "HOST": HOST,
        "PORT": str(context.ports["sandbox"]),
        "SMTP_PORT": str(context.ports["sandbox-smtp"]),
        "DATA_FILE": str(context.layout.data / "sandbox" / "sandbox.sqlite"),
        "WEBHOOK_SECRET": context.secrets.webhook_secret,
        "MERCADOPAGO_TOKEN": context.secrets.mercadopago_token,
        "WHATSAPP_TOKEN": context.secrets.whatsapp_token,
        "BANK_TOKEN": context.secrets.bank_token,
        "BANK_CBU": BANK_CBU,
        "BANK_ALIAS": BANK_ALIAS,
        "COLLECTOR_ID": context.secrets.collector_id,
        "PUBLIC_URL": f"http://localhost:{context.ports['sandbox']}",
    }


def _analytics(context: Context, _service: str) -> Settings:
    targets = {service: f"http://{HOST}:{context.ports[f'{service}-api']}" for service in SERVICES}
    # Whoever starts a Prometheus there is asked; `unknown` is said while nobody does.
    watcher = f"http://{HOST}:{WATCHER + context.ports.offset}"
    return {"HEALTH_TARGETS": json.dumps(targets), "PROMETHEUS_URL": watcher}


_SPECIAL: dict[str, Callable[[Context, str], Settings]] = {
    "identity": _identity,
    "booking": _booking,
    "payments": _payments,
    "notifications": _notifications,
    "analytics": _analytics,
}
