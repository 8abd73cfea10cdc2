"""What must be installed: Java, Maven, PostgreSQL with its extensions, HAProxy; found, or installed with apt-get."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from localstack import debian
from localstack.errors import StackError
from localstack.machine import Machine, run
from localstack.programs import Kind, Program
from localstack.progress import Reporter

JAVA_AT_LEAST = 17
POSTGRES_AT_LEAST = 15
HAPROXY_AT_LEAST = (2, 6)
EXTENSIONS = ("postgis", "btree_gist")


class Missing(Exception):  # noqa: N818 - a finding, not an error: it may be installed yet
    """Something is not there; `packages` are the Debian packages that bring it."""

    def __init__(self, what: str, *packages: str) -> None:
        """Say what, and which packages."""
        self.what = what
        self.packages = packages
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are; what the chosen programs do not need is None."""

    java: Path | None = None
    maven: Path | None = None
    postgres: Path | None = None
    haproxy: Path | None = None


def find_java(machine: Machine) -> Path:
    """A Java of at least version 17."""
    found = machine.which("java")
    major = _version(run([found, "-version"], seconds=30)) if found else ()
    if not found or major < (JAVA_AT_LEAST,):
        raise Missing(f"Java {JAVA_AT_LEAST} or later", "default-jre-headless")
    return found


def find_maven(machine: Machine) -> Path:
    """Maven, which fetches Kafka's jars."""
    found = machine.which("mvn")
    if not found:
        raise Missing("Maven", "maven")
    return found


def find_haproxy(machine: Machine) -> Path:
    """HAProxy of at least version 2.6."""
    found = machine.which("haproxy")
    if not found or _version(run([found, "-v"], seconds=30)) < HAPROXY_AT_LEAST:
        raise Missing(f"HAProxy {'.'.join(map(str, HAPROXY_AT_LEAST))} or later", "haproxy")
    return found


def find_postgres(machine: Machine) -> Path:
    """The folder of PostgreSQL's server programs, of the newest version there is; its extensions must be there too."""
    folders = [
        folder / "bin" for folder in machine.postgres_versions.glob("*") if (folder / "bin" / "postgres").exists()
    ]
    on_path = machine.which("postgres")
    candidates = [
        *sorted(folders, key=lambda bin_: _version(bin_.parent.name), reverse=True),
        *([on_path.parent] if on_path else []),
    ]
    for programs in candidates:
        major = _version(run([programs / "postgres", "--version"], seconds=30))[0]
        if major >= POSTGRES_AT_LEAST:
            _check_extensions(programs, major)
            return programs
    raise Missing(f"the server programs of PostgreSQL {POSTGRES_AT_LEAST} or later", "postgresql", "postgresql-postgis")


def _check_extensions(programs: Path, major: int) -> None:
    config = programs / "pg_config"
    share = (
        Path(run([config, "--sharedir"], seconds=30).strip())
        if config.exists()
        else Path(f"/usr/share/postgresql/{major}")
    )
    lacking = [name for name in EXTENSIONS if not (share / "extension" / f"{name}.control").exists()]
    if lacking:
        raise Missing(
            f"PostgreSQL {major}'s extension {' and '.join(lacking)}",
            f"postgresql-{major}",
            f"postgresql-{major}-postgis-3",
        )


def _version(text: str) -> tuple[int, ...]:
    """The first version number in the text: `(2, 6, 12)`; empty when there is none."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found.group().split("."))) if found else ()


_FINDERS: dict[str, Callable[[Machine], Path]] = {
    "java": find_java,
    "maven": find_maven,
    "postgres": find_postgres,
    "haproxy": find_haproxy,
}
_NEEDED_BY = {Kind.POSTGRES: ("postgres",), Kind.KAFKA: ("java",), Kind.GATEWAY: ("haproxy",)}


def needed(programs: Iterable[Program], *, jars_there: bool) -> tuple[str, ...]:
    """The names of the tools these programs need; Maven only while Kafka's jars are not there."""
    names = {name for program in programs for name in _NEEDED_BY.get(program.kind, ())}
    if "java" in names and not jars_there:
        names.add("maven")
    return tuple(name for name in _FINDERS if name in names)


def check(names: Sequence[str], reporter: Reporter, machine: Machine) -> Tools:
    """Find the tools, installing Debian packages for the missing ones when we are root; refuses what stays missing."""
    found, missing = _look(names, machine)
    if missing:
        debian.install(
            [package for lack in missing for package in lack.packages],
            [lack.what for lack in missing],
            reporter,
            machine,
        )
        found, missing = _look(names, machine)
    if missing:
        raise StackError(f"still missing after the installation: {', '.join(lack.what for lack in missing)}")
    return Tools(**found)


def _look(names: Sequence[str], machine: Machine) -> tuple[dict[str, Path], list[Missing]]:
    found: dict[str, Path] = {}
    missing: list[Missing] = []
    for name in names:
        try:
            found[name] = _FINDERS[name](machine)
        except Missing as lack:
            missing.append(lack)
    return found, missing
