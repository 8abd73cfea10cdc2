"""The local Kafka: its jars fetched once, its storage formatted once, its command."""

import base64
import fcntl
import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localstack.errors import StackError
from localstack.layout import DATA_FILES, Layout
from localstack.machine import run
from localstack.progress import Reporter
from localstack.templates import render

FETCH_SECONDS = 600
POM = DATA_FILES / "kafka" / "pom.xml"
# Faster on two cores than the defaults: starts in 2.5 s instead of 3.3 and stays at 360 MB.
JAVA_FLAGS = ("-Xms256m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")


def jars_folder(layout: Layout) -> Path:
    """Where the jars of the pinned pom are: another pom gets another folder, as two versions of a jar do not mix."""
    return layout.jars / hashlib.sha256(POM.read_bytes()).hexdigest()[:12] / "libs"


def fetch_jars(layout: Layout, maven: Path | None, reporter: Reporter) -> Path:
    """The folder of the jars, fetched with Maven when it is not there yet."""
    libs = jars_folder(layout)
    if libs.is_dir():
        return libs
    libs.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(libs.parent / "lock"):
        if not libs.is_dir():
            with reporter.step("fetching Kafka's jars with Maven"):
                _fetch(libs, maven)
    return libs


def _fetch(libs: Path, maven: Path | None) -> None:
    with tempfile.TemporaryDirectory(dir=libs.parent) as aside:
        shutil.copy(POM, aside)
        target = Path(aside) / "libs"
        copy_jars(Path(aside), target, maven)
        target.rename(libs)


def copy_jars(project: Path, target: Path, maven: Path | None) -> None:
    """The jars that the pom of a folder names, and all they need."""
    if maven is None:
        raise StackError("Maven is needed to fetch Kafka's jars")
    # -C: a jar whose checksum is wrong is an error, not a warning.
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={target}", "-DincludeScope=runtime")
    run([maven, "-q", "-B", "-C", *goal], seconds=FETCH_SECONDS, cwd=project)


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Kafka:
    """One broker that is its own controller."""

    java: Path
    libs: Path
    data: Path
    properties: Path
    port: int
    advertised_port: int
    controller_port: int

    @property
    def command(self) -> tuple[str, ...]:
        """What the supervisor runs."""
        logging = f"-Dlog4j2.configurationFile={DATA_FILES / 'kafka' / 'log4j2.xml'}"
        return (*self._java(*JAVA_FLAGS, logging), "kafka.Kafka", str(self.properties))

    @property
    def formatted(self) -> bool:
        """Whether the storage is there."""
        return (self.data / "meta.properties").exists()

    def prepare(self) -> None:
        """Write the configuration, and format the storage when it is not formatted."""
        text = render(
            DATA_FILES / "kafka" / "server.properties.j2",
            port=self.port,
            advertised_port=self.advertised_port,
            controller_port=self.controller_port,
            data=self.data,
        )
        self.properties.write_text(text)
        if self.formatted:
            return
        shutil.rmtree(self.data, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # `--cluster-id=` keeps an id that begins with a dash from being read as an option.
        options = ("--standalone", f"--cluster-id={cluster}", "-c", self.properties)
        run([*self._java(), "kafka.tools.StorageTool", "format", *options], seconds=60)

    def _java(self, *flags: str) -> tuple[str, ...]:
        return (str(self.java), *flags, "-cp", f"{self.libs}/*")
