"""Every image of ours that docker-compose.yml names, from one Dockerfile: `python -m deploy.images.build [NAME...]`.

The SBOM is made in the build, of what is installed; its digest is known only then, so the label that holds it comes
with a second build, all of whose steps are the first one's.
"""

import hashlib
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from deploy.images.engine import ADVICE, Engine, find

from localstack.errors import StackError
from localstack.layout import CHECKOUT

SBOM_PATH: Final = "barberpro.sbom.path"
SBOM_DIGEST: Final = "barberpro.sbom.digest"
_VERSION: Final = re.compile(r"\$\{VERSION:-(\w+)\}")
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Image:
    """One of ours: its tag and what the Dockerfile is told."""

    tag: str
    args: Mapping[str, str]

    @property
    def name(self) -> str:
        """`booking` of `barberpro/booking:dev`."""
        return self.tag.partition("/")[2].partition(":")[0]

    @property
    def member(self) -> str:
        """The folder of the workspace that is in it."""
        return self.args.get("MEMBER", f"services/{self.args['SERVICE']}")


def images() -> list[Image]:
    """Ours, as docker-compose.yml builds them."""
    found = {_tag(one): one["build"]["args"] for one in compose()["services"].values() if "build" in one}
    return [Image(tag, {name: str(value) for name, value in args.items()}) for tag, args in found.items()]


def compose() -> dict[str, Any]:
    """docker-compose.yml."""
    read: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    return read


def sbom(engine: Engine, tag: str, path: str) -> bytes:
    """The file that an image holds."""
    return engine.ask("run", "--rm", "--network=none", "--entrypoint=cat", tag, path).encode()


def build(engine: Engine, image: Image) -> str:
    """Build one; what there is to say of it."""
    began = time.monotonic()
    engine.build(CHECKOUT, image.tag, image.args, {})
    first = engine.image(image.tag) or {}
    digest = hashlib.sha256(sbom(engine, image.tag, first["Config"]["Labels"][SBOM_PATH])).hexdigest()
    engine.build(CHECKOUT, image.tag, image.args, {SBOM_DIGEST: f"sha256:{digest}"})
    size = (engine.image(image.tag) or {})["Size"]
    return f"{image.tag}: {size / _MEGABYTE:.0f} MB, {time.monotonic() - began:.0f} s, SBOM sha256:{digest[:12]}"


def main(names: Sequence[str]) -> int:
    """Build the named ones, all of them without a name; 2 and one line where that fails."""
    engine = find()
    if engine is None:
        print(f"images: skipped: {ADVICE}")
        return 0
    try:
        for image in images():
            if not names or image.name in names:
                print(f"images: {build(engine, image)}", flush=True)
    except (StackError, OSError) as error:
        print(f"images: {error}", file=sys.stderr)
        return 2
    return 0


def _tag(program: Mapping[str, Any]) -> str:
    return _VERSION.sub(lambda found: os.environ.get("VERSION") or found[1], str(program["image"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
