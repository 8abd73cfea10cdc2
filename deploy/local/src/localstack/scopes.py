"""Which service keeps data for which vertical, and the database role that goes with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from localstack.errors import StackError
from localstack.programs import SERVICES

SHARED = "*"
VERIFIER = "verifier"


def verticals(folder: Path) -> tuple[str, ...]:
    """The names of the verticals: the folders that hold a vertical.yaml, sorted."""
    return tuple(sorted(file.parent.name for file in folder.glob("*/vertical.yaml")))


def hosts(folder: Path) -> dict[str, str]:
    """Host name -> vertical, from the key `hosts` of each vertical.yaml, with `<vertical>.localhost` always there."""
    found: dict[str, str] = {}
    for vertical in verticals(folder):
        declared = yaml.safe_load((folder / vertical / "vertical.yaml").read_text()) or {}
        for host in (f"{vertical}.localhost", *declared.get("hosts", ())):
            if found.setdefault(host, vertical) != vertical:
                raise StackError(f"the host {host} is claimed by the verticals {found[host]} and {vertical}")
    return found


def service_scopes(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Service -> the scopes it keeps a schema for; `*` is the shared one.

    Identity is shared whole; payments stores a raw webhook before it knows the vertical.
    """
    special = {"identity": (SHARED,), "payments": (SHARED, *names)}
    return {service: special.get(service, tuple(names)) for service in SERVICES}


def role(service: str, scope: str) -> str:
    """The database role of a service in one scope: `booking_barber`, `identity_shared`."""
    return f"{service}_{'shared' if scope == SHARED else scope}"


def owner(service: str) -> str:
    """The role that owns and migrates a service's database."""
    return f"{service}_owner"


def all_roles(scopes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Every role that logs in: owners, one per scope, and the verifier."""
    of_scopes = [role(service, scope) for service, own in scopes.items() for scope in own]
    return (*map(owner, scopes), *of_scopes, VERIFIER)
