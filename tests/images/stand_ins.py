"""Stand-ins for official images that cannot be pulled: made of Debian's packages, under the same tag, and saying so."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.images.build import compose
from deploy.images.engine import Engine

from localstack import debian, kafka, prerequisites
from localstack.errors import StackError
from localstack.layout import CHECKOUT, DATA_FILES
from localstack.machine import Machine, run
from localstack.progress import Reporter

LABEL: Final = "barberpro.stand-in"
DEBIAN: Final = "barberpro/stand-in-debian:bookworm"
FOLDER: Final = Path(__file__).parent / "debian"
_RELEASE: Final = "bookworm"
_BOOTSTRAP_SECONDS: Final = 900
_IMPORT_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class StandIn:
    """`folder`: that of its Dockerfile. `made_of`: what is in it. `fill`: adds to the folder's copy what is fetched."""

    folder: str
    made_of: str
    fill: Callable[[Path], None] = lambda _folder: None


def _kafka(folder: Path) -> None:
    """Kafka's jars as the native stack fetches them, with its command-line tools, which that does without."""
    pom = kafka.POM.read_text()
    core = re.search(r" *<dependency>\s*<groupId>org.apache.kafka.*?</dependency>\n", pom, re.DOTALL)
    if core is None:
        raise StackError(f"{kafka.POM} names no Kafka")
    tools = core[0].replace("kafka_2.13", "kafka-tools")
    (folder / "pom.xml").write_text(pom.replace(core[0], core[0] + tools))
    maven = prerequisites.check(["maven"], Reporter(), Machine()).maven
    kafka.copy_jars(folder, folder / "libs", maven)
    shutil.copy(DATA_FILES / "kafka" / "log4j2.xml", folder)


STAND_INS: Final = {
    "python": StandIn("python", "Debian's python3 and python3-pip"),
    "postgis/postgis": StandIn("postgres", "Debian's postgresql-15 and postgresql-15-postgis-3"),
    "apache/kafka": StandIn("kafka", "the jars of the same version and Debian's default-jre-headless", _kafka),
    "haproxy": StandIn("haproxy", "Debian's haproxy"),
    "prom/prometheus": StandIn("prometheus", "Debian's prometheus"),
    "prom/alertmanager": StandIn("alertmanager", "Debian's prometheus-alertmanager"),
}


def provide(engine: Engine, tags: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """Have each image here: as it is, pulled, or stood in for; answers those that cannot be had at all."""
    lacking = []
    for tag in tags:
        held = engine.image(tag)
        if held is not None or engine.pull(tag):
            if made_of := ((held or {}).get("Config", {}).get("Labels") or {}).get(LABEL):
                say(f"stand-in kept: {tag} by {made_of}")
        elif stand_in := STAND_INS.get(tag.partition(":")[0]):
            _make(engine, tag, stand_in)
            say(f"stood in: {tag}, which cannot be pulled, by {stand_in.made_of}")
        else:
            lacking.append(tag)
            say(f"left out: {tag} cannot be pulled, and Debian has no package to stand in for it")
    return lacking


def named(profiles: Sequence[str] = ()) -> list[str]:
    """The official images of Dockerfile and docker-compose.yml: of the programs without a profile, and of these."""
    found = re.findall(r"^ARG PYTHON=(.+)$", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)
    for program in compose()["services"].values():
        wanted = program.get("profiles", [])
        if "build" not in program and (not wanted or set(wanted) & set(profiles)):
            found.append(str(program["image"]))
    return list(dict.fromkeys(found))


def _make(engine: Engine, tag: str, stand_in: StandIn) -> None:
    if engine.image(DEBIAN) is None:
        _bootstrap(engine)
    with tempfile.TemporaryDirectory() as aside:
        context = Path(aside, stand_in.folder)
        shutil.copytree(FOLDER / stand_in.folder, context)
        stand_in.fill(context)
        engine.build(context, tag, {"DEBIAN": DEBIAN}, {LABEL: stand_in.made_of})


def _bootstrap(engine: Engine) -> None:
    """Debian's smallest system, imported as the base of all stand-ins."""
    machine = Machine()
    if machine.which("debootstrap") is None:
        debian.install(["debootstrap"], ["debootstrap, which makes stand-ins"], Reporter(), machine)
    with tempfile.TemporaryDirectory(prefix="barberpro-debian-", dir="/var/tmp") as aside:
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", _RELEASE, aside, *_mirror()]
        run(command, seconds=_BOOTSTRAP_SECONDS)
        Path(aside).chmod(0o755)
        tree = Path(aside).parent / f"{Path(aside).name}.tar"
        try:
            run(["tar", "--create", "--file", tree, "--directory", aside, "."], seconds=_IMPORT_SECONDS)
            engine.ask("import", str(tree), DEBIAN, seconds=_IMPORT_SECONDS)
        finally:
            tree.unlink(missing_ok=True)


def _mirror() -> Iterator[str]:
    """Where this machine's own packages come from; debootstrap has an answer of its own elsewhere."""
    asked = ["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})
    for line in done.stdout.splitlines():
        if line.startswith(f"{_RELEASE} main "):
            yield line.split()[2]
            return
