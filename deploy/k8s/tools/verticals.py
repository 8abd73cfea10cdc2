"""An overlay for every verticals/<name>/vertical.yaml: written anew at each check, never by hand.

kustomize reads no file that is not an object, and puts no value into a namespace or a prefix: so the file is wrapped in
an object that stays local, and those two lines are written here. All the rest is components/vertical.
"""

import os
import shutil
from pathlib import Path
from typing import Any, Final

import yaml
from deploy.k8s.tools.layout import K8S, Object

_API: Final = "kustomize.config.k8s.io/v1beta1"
_SHARED: Final = "barberpro"
COMPONENTS: Final = ("cnpg", "keda", "monitoring", "vertical/without-identity", "vertical/cell", "release")


def write_overlays(root: Path, into: Path) -> list[Path]:
    """The overlays' folders, one per vertical below `root`/verticals; those of verticals that are gone go."""
    shutil.rmtree(into, ignore_errors=True)
    return [_write(root, file, into / file.parent.name) for file in sorted(root.glob("verticals/*/vertical.yaml"))]


def _write(root: Path, file: Path, folder: Path) -> Path:
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    # Names of objects have no underscores.
    name = str(said["id"]).replace("_", "-")
    _dump(folder / "vertical.yaml", _wrapped(f"{_SHARED}-{name}", said))
    (folder / "cell").mkdir(parents=True)
    shutil.copy(file, folder / "cell" / "vertical.yaml")
    k8s = root / K8S
    _kustomization(
        folder / "cell",
        namespace=f"{_SHARED}-{name}",
        labels=[{"pairs": {"barberpro.com.ar/environment": "production"}}],
        resources=[_to(k8s / "base", folder / "cell")],
        components=[_to(k8s / "components" / one, folder / "cell") for one in COMPONENTS],
        configMapGenerator=[{"name": "verticals", "files": ["vertical.yaml"]}],
    )
    _kustomization(
        folder / "principals",
        namespace=_SHARED,
        namePrefix=f"{name}-",
        resources=[_to(k8s / "components" / "vertical" / "principals", folder / "principals")],
    )
    _kustomization(
        folder,
        resources=["vertical.yaml", "cell", "principals"],
        components=[_to(k8s / "components" / "vertical" / "names", folder)],
    )
    return folder


def _wrapped(name: str, said: Object) -> Object:
    return {
        "apiVersion": "barberpro.com.ar/v1",
        "kind": "Vertical",
        "metadata": {"name": name, "annotations": {"config.kubernetes.io/local-config": "true"}},
        "spec": said,
    }


def _kustomization(folder: Path, **fields: Any) -> None:
    _dump(folder / "kustomization.yaml", {"apiVersion": _API, "kind": "Kustomization", **fields})


def _dump(path: Path, content: Object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _to(path: Path, start: Path) -> str:
    return os.path.relpath(path, start)
