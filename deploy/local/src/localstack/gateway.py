"""The gateway's configuration: the template of services/gateway, filled in for this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from localstack.certificates import public_key_file
from localstack.environment import TOKEN_AUDIENCE, TOKEN_ISSUER, Context
from localstack.layout import write_private
from localstack.machine import run
from localstack.ports import HOST
from localstack.programs import SERVICES
from localstack.scopes import hosts, verticals
from localstack.templates import render

TEMPLATE = Path("services") / "gateway" / "haproxy.cfg.j2"
# Where `X-Vertical` and the host say nothing: only here, for calls to plain localhost.
DEFAULT_VERTICAL = "barber"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the gateway listens, and the certificate it shows; `bind_address`: empty for everywhere, None for loopback
    in a local stack and everywhere else."""

    http_port: int
    https_port: int
    tls_pem: Path
    stats_port: int
    stats_socket: Path
    bind_address: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that tokens are checked with."""

    kid: str
    public_key_path: Path


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests per source address, per account, logins and webhooks; the largest body in bytes.

    A demo and a load test come from one address and must not reach them; a public site has those of the template.
    """

    address_per_10s: int = 100_000
    account_per_10s: int = 100_000
    login_per_minute: int = 6_000
    webhook_per_10s: int = 100_000
    body_bytes: int = 1_048_576


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """Everything the template may name.

    `services`: name -> address and port of its API. `hosts`: host name -> vertical. `default_vertical`: empty for none.
    `local`: the header X-Vertical is honoured. `trusted_proxies`: networks whose X-Forwarded-For counts.
    """

    gateway: Listen
    services: Mapping[str, str]
    hosts: Mapping[str, str]
    verticals: Sequence[str]
    default_vertical: str
    keys: Sequence[Key]
    issuer: str = TOKEN_ISSUER
    audience: str = TOKEN_AUDIENCE
    local: bool = True
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: Sequence[str] = ()


def gateway_context(context: Context) -> GatewayContext:
    """The local stack's own values."""
    layout, ports = context.layout, context.ports
    known = verticals(context.verticals)
    return GatewayContext(
        gateway=Listen(
            http_port=ports["gateway"],
            https_port=ports["gateway-tls"],
            tls_pem=layout.gateway_certificate,
            stats_port=ports["gateway-stats"],
            stats_socket=layout.sockets / "gateway.sock",
        ),
        services={service: f"{HOST}:{ports[f'{service}-api']}" for service in SERVICES},
        hosts=hosts(context.verticals),
        verticals=known,
        default_vertical=DEFAULT_VERTICAL if DEFAULT_VERTICAL in known else "",
        keys=[Key(kid, public_key_file(layout.keys, kid)) for kid in context.secrets.signing_key_ids],
    )


def config_file(context: Context) -> Path:
    """Where the rendered configuration is."""
    return context.layout.run / "haproxy.cfg"


def render_gateway(context: Context, haproxy: Path) -> Path:
    """Write the configuration and have HAProxy check it; refuses one it does not accept, with its reasons."""
    text = render(context.layout.checkout / TEMPLATE, **asdict(gateway_context(context)))
    write_private(config_file(context), text)
    run([haproxy, "-c", "-f", config_file(context)], seconds=30)
    return config_file(context)
