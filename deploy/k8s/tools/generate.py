"""The manifests that are written from the code, so that they say what it says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml
from deploy.k8s.tools import kafka, scaling
from deploy.k8s.tools.layout import K8S, ROOT, Object

_HEAD: Final = "# Written by `make k8s-generate` from the code; what is changed here is lost.\n"


def generated() -> Mapping[Path, str]:
    """Each file, from the root of the repository, with what must stand in it."""
    written = {
        "strimzi/topics.yaml": kafka.topics(),
        "strimzi/users.yaml": kafka.users(),
        "keda/workers.yaml": scaling.workers(),
        "keda/apis.yaml": scaling.apis(),
        "vertical/principals/users.yaml": kafka.users_of_cell(),
    }
    return {K8S / "components" / name: _HEAD + _text(manifests) for name, manifests in written.items()}


def write() -> list[Path]:
    """Write those that differ; their names."""
    changed = [path for path, text in generated().items() if not _is(ROOT / path, text)]
    for path in changed:
        (ROOT / path).write_text(generated()[path])
    return changed


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def _text(manifests: list[Object]) -> str:
    return yaml.safe_dump_all(manifests, sort_keys=False, width=120)
