"""`python -m deploy.k8s.tools generate` writes the manifests that follow from the code.

`check` renders every overlay, one for each vertical included, and judges what came out: our own checks, and the
command that knows the schemas, if one is named. A line each; the exit status is 1 when anything is wrong.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.k8s.tools import generate, verticals, watching
from deploy.k8s.tools.checks import problems
from deploy.k8s.tools.layout import K8S, ROOT, objects

from localstack.errors import StackError
from localstack.scopes import hosts

_RENDER_SECONDS: Final = 120


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.k8s.tools", description=__doc__)
    parser.add_argument("command", choices=("generate", "check"))
    parser.add_argument("--kustomize", default="kubectl kustomize", help="renders a folder to its standard output")
    parser.add_argument("--validate", default="", help="reads manifests from its standard input; fails on a wrong one")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository, or a copy of it")
    options = parser.parse_args()
    if options.command == "generate":
        for path in generate.write():
            print(f"k8s-generate: {path}")
        return 0
    return _check(options.root.resolve(), shlex.split(options.kustomize), shlex.split(options.validate))


def _check(root: Path, kustomize: list[str], validate: list[str]) -> int:
    if shutil.which(kustomize[0]) is None:
        print(f"k8s-check: skipped: {kustomize[0]} is not installed")
        return 0
    try:
        hosts(root / "verticals")
    except StackError as error:
        print(f"k8s-check: verticals: {error}")
        return 1
    rendered = root / ".local" / "k8s"
    for stale in rendered.glob("*.yaml"):
        stale.unlink()
    overlays = sorted((root / K8S / "overlays").iterdir()) + verticals.write_overlays(root, rendered / "verticals")
    overlays.append(watching.write_folder(root, rendered / "watching" / "monitoring"))
    faults = [_judge(overlay, root, rendered, kustomize, validate) for overlay in overlays]
    if not validate:
        print("k8s-check: schemas not checked: K8S_VALIDATE names no command")
    return 1 if any(faults) else 0


def _judge(overlay: Path, root: Path, rendered: Path, kustomize: list[str], validate: list[str]) -> bool:
    """Whether an overlay is at fault; what it renders to stays in `rendered`."""
    name = overlay.relative_to(root)
    ended = subprocess.run([*kustomize, str(overlay)], capture_output=True, text=True, timeout=_RENDER_SECONDS)
    if ended.returncode:
        print(f"k8s-check: {name}: does not render: {ended.stderr.strip()}")
        return True
    (rendered / f"{overlay.parent.name}-{overlay.name}.yaml").write_text(ended.stdout)
    manifests = objects(ended.stdout)
    faults = problems(manifests) if manifests else ["renders nothing"]
    if validate:
        faults += _refused(validate, ended.stdout)
    print(f"k8s-check: {name}: {len(manifests)} objects, {len(faults) or 'no'} faults")
    for fault in faults:
        print(f"  {fault}")
    return bool(faults)


def _refused(validate: list[str], text: str) -> list[str]:
    ended = subprocess.run(validate, input=text, capture_output=True, text=True, timeout=_RENDER_SECONDS)
    return (ended.stdout + ended.stderr).strip().splitlines() if ended.returncode else []


if __name__ == "__main__":
    sys.exit(main())
