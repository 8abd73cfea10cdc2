"""What the containers are given: the secrets of docker-compose.yml, and a gateway that others can reach."""

import dataclasses
import json
import stat
import subprocess
from pathlib import Path

import pytest

from localstack.certificates import public_key_file
from localstack.containers import Settings, compose_variables, main, make_keys, write_env, write_gateway
from localstack.environment import Context
from localstack.errors import StackError
from localstack.layout import Layout
from localstack.machine import Machine
from localstack.prerequisites import find_haproxy
from localstack.secrets import load
from localstack.testing import example_verticals


def settings(folder: Path, **changes: object) -> Settings:
    """A gateway's settings with everything below `folder`, and the keys they name."""
    verticals = folder / "verticals"
    made = Settings.model_validate(
        {
            "config_file": folder / "haproxy.cfg",
            "verticals_dir": verticals if verticals.exists() else example_verticals(folder),
            "public_keys_dir": folder / "public",
            "signing_keys_dir": folder / "private",
            "tls_pem": folder / "tls.pem",
            "stats_socket": folder / "s",
            "servers": "127.0.0.1:8000",
            "token_issuer": "https://barberpro.example",
            "token_audience": "barberpro",
            **changes,
        }
    )
    (folder / "private").mkdir(exist_ok=True)
    return made


def test_the_secrets_are_private_and_stay_when_written_again(tmp_path: Path) -> None:
    file, layout = tmp_path / ".env", Layout(tmp_path / "kept")
    write_env(file, layout)
    first = file.read_text()
    write_env(file, layout)
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"POSTGRES_PASSWORD='{load(layout.secrets).postgres_superuser}'\n" in first


def test_a_new_vertical_gets_passwords_of_its_own_and_the_old_ones_stay(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    layout = Layout(tmp_path / "kept", checkout)
    example_verticals(checkout)
    write_env(tmp_path / ".env", layout)
    before = load(layout.secrets)
    (checkout / "verticals" / "vet").mkdir()
    (checkout / "verticals" / "vet" / "vertical.yaml").write_text("hosts: []\n")
    write_env(tmp_path / ".env", layout)
    after = load(layout.secrets)
    assert before.roles.items() < after.roles.items()
    assert "booking_vet" in after.roles
    assert dataclasses.replace(after, roles=before.roles) == before


def test_a_service_is_given_the_dsn_of_each_scope_and_apart_from_it_the_owners(context: Context) -> None:
    variables = compose_variables(context.secrets, context.scopes)
    passwords = context.secrets.roles
    assert json.loads(variables["BOOKING_DATABASES"]) == {
        vertical: f"postgresql://booking_{vertical}:{passwords[f'booking_{vertical}']}@postgres:5432/booking"
        for vertical in ("barber", "psychology")
    }
    assert set(json.loads(variables["PAYMENTS_OWNER_DATABASES"])) == {"*", "barber", "psychology"}
    assert passwords["booking_owner"] not in variables["BOOKING_DATABASES"]


def test_no_value_could_end_its_quotes(context: Context) -> None:
    assert not [value for value in compose_variables(context.secrets, context.scopes).values() if "'" in value]


def haproxy_accepts(config: Path) -> bool:
    command = [str(find_haproxy(Machine())), "-c", "-f", str(config)]
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0


def test_the_gateway_of_the_containers_listens_to_all_and_honours_the_header(tmp_path: Path) -> None:
    told = settings(tmp_path, local=True)
    make_keys(told)
    write_gateway(told)
    text = told.config_file.read_text()
    assert [line.split()[1] for line in text.splitlines() if line.strip().startswith("bind ")] == [
        ":8080",
        ":8443",
        ":8404",
    ]
    assert "set-var(txn.vertical) str(barber)" in text
    assert haproxy_accepts(told.config_file)


def test_the_gateway_of_a_cluster_takes_its_limits_its_hosts_and_a_key_beside_the_certificate(tmp_path: Path) -> None:
    told = settings(tmp_path, limits={"address_per_10s": 617}, extra_hosts={"staging.example": "psychology"})
    make_keys(told)
    certificate, mark, key = told.tls_pem.read_text().partition("-----BEGIN PRIVATE KEY-----")
    told.tls_pem.write_text(certificate)
    told.tls_pem.with_name("tls.pem.key").write_text(mark + key)
    write_gateway(told)
    text = told.config_file.read_text()
    assert "sc_gpc0_rate(0) ge 617" in text
    assert "staging.example" in text
    assert "redirect scheme https" in text
    assert haproxy_accepts(told.config_file)


def test_the_gateway_of_a_cluster_that_says_no_limits_has_not_the_generous_ones_of_a_demo(tmp_path: Path) -> None:
    told = settings(tmp_path)
    make_keys(told)
    write_gateway(told)
    assert "sc_gpc0_rate(0) ge 600" in told.config_file.read_text()


def test_the_gateway_listens_where_it_is_told(tmp_path: Path) -> None:
    told = settings(tmp_path, local=True, bind_address="127.0.0.9")
    make_keys(told)
    write_gateway(told)
    assert told.config_file.read_text().count("bind 127.0.0.9:") == 3


def test_keys_that_are_there_are_kept(tmp_path: Path) -> None:
    told = settings(tmp_path)
    make_keys(told)
    first = (tmp_path / "private" / "local-1.pem").read_bytes()
    make_keys(told)
    assert (tmp_path / "private" / "local-1.pem").read_bytes() == first
    private = tmp_path / "private"
    assert (tmp_path / "public" / "local-1.pub.pem").read_bytes() == public_key_file(private, "local-1").read_bytes()
    assert not list((tmp_path / "public").glob("local-?.pem"))


def test_a_gateway_that_could_check_no_token_is_not_written(tmp_path: Path) -> None:
    told = settings(tmp_path)
    told.public_keys_dir.mkdir()
    with pytest.raises(StackError, match=r"holds no <kid>\.pub\.pem"):
        write_gateway(told)
    assert not told.config_file.exists()


def test_the_command_says_in_one_line_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = settings(tmp_path)
    for name in ("config_file", "verticals_dir", "public_keys_dir", "tls_pem", "token_issuer", "token_audience"):
        monkeypatch.setenv(f"GATEWAY_{name.upper()}", str(getattr(told, name)))
    assert main(["keys"]) == 2
    assert capsys.readouterr().err == "containers: GATEWAY_SIGNING_KEYS_DIR is needed to make keys\n"
