"""Everything secret in the local stack: generated once, kept in a file only the owner reads."""

import base64
import dataclasses
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localstack.errors import StackError
from localstack.layout import Layout, write_private

SIGNING_KEY_IDS = ("local-1", "local-2")

_TUPLES = ("signing_key_ids", "former_webhook_secrets")


def _password() -> str:
    """Long enough to be unguessable, and safe in a URL without escaping."""
    return secrets.token_urlsafe(24)


def _contact_key() -> str:
    """An AES-256 key."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _number(digits: int) -> str:
    """A random number of so many digits, as the outside services number their accounts."""
    return str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords per role, tokens of the simulated outside world, contact keys (base64 of 32 bytes) by id."""

    postgres_superuser: str = field(default_factory=_password)
    roles: dict[str, str] = field(default_factory=dict)
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    former_webhook_secrets: tuple[str, ...] = ()
    mercadopago_token: str = field(default_factory=lambda: f"TEST-{secrets.token_hex(24)}")
    collector_id: str = field(default_factory=lambda: _number(9))
    bank_token: str = field(default_factory=_password)
    whatsapp_token: str = field(default_factory=_password)
    whatsapp_phone_number_id: str = field(default_factory=lambda: _number(15))
    operator_password: str = field(default_factory=_password)
    link_key: str = field(default_factory=lambda: secrets.token_hex(32))
    contact_key_id: str = "k1"
    contact_keys: dict[str, str] = field(
        default_factory=lambda: {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}
    )
    signing_key_ids: tuple[str, ...] = SIGNING_KEY_IDS

    def with_roles(self, names: Sequence[str]) -> "Secrets":
        """The same secrets, with a password for each named role that has none yet."""
        return dataclasses.replace(self, roles={name: _password() for name in names} | self.roles)


def load(path: Path) -> Secrets:
    """What the file holds; refuses a file that is not what this module wrote."""
    try:
        # A file of before former secrets were known has none.
        held = {"former_webhook_secrets": ()} | json.loads(path.read_text())
        return Secrets(**{**held, **{name: tuple(held[name]) for name in _TUPLES}})
    except (ValueError, TypeError, KeyError) as error:
        raise StackError(f"{path} is damaged; `make reset` starts anew") from error


def ensure(layout: Layout, role_names: Sequence[str]) -> Secrets:
    """The stack's secrets, generating what is missing."""
    if layout.secrets.exists():
        held = load(layout.secrets)
    elif any(layout.data.iterdir()):
        # New passwords would not open the old databases: better one clear line than six failed logins.
        raise StackError(f"{layout.secrets} is gone, but the data it opens is not; `make reset` starts anew")
    else:
        held = Secrets()
    complete = held.with_roles(role_names)
    text = json.dumps(dataclasses.asdict(complete), indent=2) + "\n"
    # Also when this version knows a secret that an older one did not write.
    if not layout.secrets.exists() or layout.secrets.read_text() != text:
        write_private(layout.secrets, text)
    return complete
