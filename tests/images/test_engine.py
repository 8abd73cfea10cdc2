"""What is said where no engine answers, and what of the caller reaches a build."""

from pathlib import Path

import pytest
from deploy.images.engine import caller, find
from tests.images.__main__ import main

OLD, NEW = "20.10.24", "28.2.2"


def client(folder: Path, version: str, *, answers: bool = True, buildx: bool = False) -> Path:
    """A docker that is a script."""
    script = folder / "docker"
    folder.mkdir(exist_ok=True)
    script.write_text(f"""#!/bin/sh
case "$1" in
info) {"echo up" if answers else "exit 1"};;
version) echo {version};;
buildx) {"echo buildx" if buildx else "exit 1"};;
*) exit 1;;
esac
""")
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("command", ["stand-ins", "images", "compose-test"])
def test_without_an_engine_each_target_is_skipped_in_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(client(tmp_path, OLD, answers=False).parent))
    assert main([command]) == 0
    assert capsys.readouterr().out.startswith(f"{command}: skipped: no Docker engine answers: ")


def test_without_compose_the_stack_is_not_tested_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(client(tmp_path, OLD).parent))
    assert main(["compose-test"]) == 0
    assert capsys.readouterr().out.startswith("compose-test: skipped: the Docker engine has no Compose")


def test_a_client_that_cannot_build_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare, able = client(tmp_path / "bare", NEW), client(tmp_path / "able", OLD)
    monkeypatch.setenv("PATH", f"{bare.parent}:{able.parent}")
    found = find()
    assert found is not None
    assert found.docker == str(able)
    client(tmp_path / "bare", NEW, buildx=True)
    assert (found := find()) is not None
    assert found.docker == str(bare)


def test_a_build_is_given_the_callers_index_and_certificates_and_no_path_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", "/somewhere/ca.pem")
    with caller() as secrets:
        told = Path(secrets[0].partition("src=")[2]).read_text()
    assert "export PIP_INDEX_URL=https://packages.example/simple\n" in told
    assert "export PIP_CERT=/run/secrets/certificates\n" in told
    assert str(tmp_path) not in told
    assert secrets[1] == "--secret=id=certificates,src=/somewhere/ca.pem"
