"""Builders for tests: a machine made of scripts, the settings of a stack that was never started."""

import stat
from pathlib import Path

from localstack.environment import Context
from localstack.layout import Layout
from localstack.machine import Machine
from localstack.ports import Ports
from localstack.scopes import all_roles, service_scopes
from localstack.secrets import Secrets

VERTICALS = ("barber", "psychology")


def example_context(folder: Path, offset: int = 2000) -> Context:
    """What settings are made of, for two verticals; only folders and the verticals' files exist."""
    layout = Layout(folder / "stack", checkout=folder / "checkout")
    layout.make()
    scopes = service_scopes(VERTICALS)
    verticals = example_verticals(layout.checkout)
    secrets = Secrets().with_roles(all_roles(scopes))
    return Context(layout, Ports(offset), secrets, scopes, verticals, Machine().python)


def example_verticals(checkout: Path) -> Path:
    """Write two verticals that answer to a host of their own; answers the folder."""
    folder = checkout / "verticals"
    for name in VERTICALS:
        (folder / name).mkdir(parents=True)
        (folder / name / "vertical.yaml").write_text(f"hosts: [{name}.example]\n")
    return folder


class ScriptedMachine:
    """A machine whose programs are shell scripts; nothing is installed at first."""

    def __init__(self, folder: Path) -> None:
        """Keep everything below `folder`."""
        self.folder = folder
        self.programs = folder / "bin"
        self.postgres_versions = folder / "postgresql"
        self.policy = folder / "policy"
        self.programs.mkdir()

    def has(self, name: str, script: str = "exit 0") -> "ScriptedMachine":
        """Install a program."""
        _write_script(self.programs / name, script)
        return self

    def has_postgres(self, major: int, *extensions: str) -> "ScriptedMachine":
        """Install a PostgreSQL server with these extensions."""
        home = self.postgres_versions / str(major)
        (home / "share" / "extension").mkdir(parents=True)
        for extension in extensions:
            (home / "share" / "extension" / f"{extension}.control").touch()
        _write_script(home / "bin" / "postgres", f'echo "postgres (PostgreSQL) {major}.4 (Debian)"')
        _write_script(home / "bin" / "pg_config", f"echo '{home / 'share'}'")
        return self

    def machine(self, *, is_root: bool = False) -> Machine:
        """The machine as the code sees it."""
        return Machine(
            search_path=str(self.programs),
            postgres_versions=self.postgres_versions,
            policy=self.policy,
            is_root=is_root,
        )


def _write_script(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
