"""What one member of the workspace needs, for the image's builder: its members, and its locked requirements.

`pinned.py members MEMBER` prints folders; `pinned.py requirements MEMBER` prints the member's direct requirements as
requirements.lock has them, hashes included (uv finds what those need in turn in the same lock, given as constraints);
`pinned.py package NAME` prints one locked package. Runs on a bare Python, before anything is installed.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path("requirements.lock")
OURS: Final = "barberpro-"
_NAME: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^\]]*\])?")


def main(what: str, subject: str) -> list[str]:
    """The lines asked for; raises KeyError for a package the lock does not have."""
    if what == "package":
        return [locked()[subject]]
    folders = members(subject)
    if what == "members":
        return folders
    lock, asked = locked(), [one for folder in folders for one in requirements(folder)]
    # One member asks for a package, another for it with an extra: both are to have what they ask for.
    extras = dict(sorted(asked, key=lambda one: len(one[1])))
    return [lock[name].replace(name, name + more, 1) for name, more in extras.items() if not name.startswith(OURS)]


def members(folder: str) -> list[str]:
    """The member's folder and those of the members it needs, itself last."""
    by_name = {_project(path.parent)["name"]: str(path.parent) for path in _projects()}
    found: list[str] = []

    def visit(at: str) -> None:
        for name, _ in requirements(at):
            if name.startswith(OURS) and by_name[name] not in found:
                visit(by_name[name])
        found.append(at)

    visit(folder)
    return found


def requirements(folder: str) -> list[tuple[str, str]]:
    """Name and extras (`[lz4]`, or nothing) of what a member's pyproject.toml asks for."""
    matches = (_NAME.match(line) for line in _project(Path(folder))["dependencies"])
    return [(match["name"].lower(), match["extras"] or "") for match in matches if match]


def locked() -> dict[str, str]:
    """Package -> its block in the lock: version, marker and hashes."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.read_text().strip())
    return {match["name"]: block for block in blocks if (match := _NAME.match(block))}


def _projects() -> list[Path]:
    return [path for depth in ("*", "*/*") for path in Path().glob(f"{depth}/pyproject.toml")]


def _project(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return project


if __name__ == "__main__":
    sys.stdout.write("\n".join(main(*sys.argv[1:])) + "\n")
