"""Tools that a machine may lack: what needs them is skipped, and says so."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def promtool() -> Path:
    """Prometheus' own judge of expressions."""
    return _tool("promtool")


@pytest.fixture
def prometheus_program() -> Path:
    """The server."""
    return _tool("prometheus")


@pytest.fixture
def amtool() -> Path:
    """Alertmanager's judge of its configuration."""
    return _tool("amtool", "prometheus-alertmanager")


@pytest.fixture
def otelcol() -> Path:
    """The collector."""
    return _tool("otelcol-contrib", "none; its releases have it")


def _tool(name: str, package: str = "prometheus") -> Path:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian's package: {package})")
    return Path(found)
