"""What Kubernetes runs at night is what the services can do."""

import importlib

from deploy.k8s.tools.layout import K8S, ROOT, containers, objects, pods

from common.main import COMMANDS


def test_what_runs_at_night_is_a_command_its_service_has() -> None:
    base = ROOT / K8S / "base"
    nightly = {
        str(path.relative_to(base)): containers(pod)[0]["args"][0]
        for path in base.glob("*/*.yaml")
        if path.name not in ("kustomization.yaml", "references.yaml")
        for one, pod in pods(objects(path.read_text()))
        if one["kind"] == "CronJob"
    }
    assert nightly == {"template/audit.yaml": "audit", "payments/reconcile.yaml": "reconcile"}
    assert "audit" in COMMANDS
    assert "reconcile" in {command.name for command in importlib.import_module("payments.app").SERVICE.commands}
