"""The configuration files: quoting, what they may name, and whether the real programs accept them."""

import configparser
import shlex
from pathlib import Path

import pytest

from localstack import gateway, kafka, supervision
from localstack.certificates import ensure_gateway_certificate, ensure_signing_keys
from localstack.environment import Context
from localstack.errors import StackError
from localstack.layout import Layout
from localstack.machine import Machine
from localstack.postgres import Postgres
from localstack.prerequisites import find_haproxy
from localstack.programs import find
from localstack.scopes import hosts
from localstack.templates import render

MINIMAL = """
global
    stats socket {{ gateway.stats_socket }}
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend edge
    bind 127.0.0.1:{{ gateway.http_port }}
    bind 127.0.0.1:{{ gateway.https_port }} ssl crt "{{ gateway.tls_pem }}"
    # {{ verticals | join(" ") }} {{ default_vertical }} {{ issuer }} {{ audience }} {{ local }} {{ trusted_proxies }}
{% for host, vertical in hosts.items() %}
    http-request set-header X-Vertical {{ vertical }} if { req.hdr(host) {{ host }} }
{% endfor %}
{% for key in keys %}
    http-request deny if { http_auth_bearer,jwt_verify(txn.alg,"{{ key.public_key_path }}") -m int {{ loop.index }} }
{% endfor %}
{% for name, limit in limits.items() %}
    # {{ name }} {{ limit }}
{% endfor %}
{% for name, address in services.items() %}
backend {{ name }}
    server one {{ address }}
{% endfor %}
"""


def with_template(context: Context, text: str) -> Context:
    folder = context.layout.checkout / "services" / "gateway"
    folder.mkdir(parents=True)
    (folder / "haproxy.cfg.j2").write_text(text)
    ensure_signing_keys(context.layout.keys, context.secrets.signing_key_ids)
    ensure_gateway_certificate(context.layout.gateway_certificate, list(hosts(context.verticals)))
    return context


def test_haproxy_accepts_what_the_gateways_template_becomes(context: Context) -> None:
    config = gateway.render_gateway(with_template(context, MINIMAL), find_haproxy(Machine()))
    text = config.read_text()
    assert "server one 127.0.0.1:20003" in text
    assert "set-header X-Vertical psychology if { req.hdr(host) psychology.example }" in text
    assert "local-2.pub.pem" in text
    assert "body_bytes 1048576" in text


def test_a_bench_or_a_demo_from_one_address_is_not_limited(context: Context) -> None:
    limits = gateway.gateway_context(context).limits
    assert min(limits.address_per_10s, limits.account_per_10s, limits.webhook_per_10s) >= 100_000


def test_a_gateway_that_haproxy_refuses_is_refused_with_its_reasons(context: Context) -> None:
    with pytest.raises(StackError, match="unknown keyword 'nonsense'"):
        gateway.render_gateway(with_template(context, "nonsense {{ local }}\n"), find_haproxy(Machine()))


def test_a_name_that_nobody_gives_is_an_error(context: Context) -> None:
    with pytest.raises(StackError, match="does not render: 'surprise' is undefined"):
        gateway.render_gateway(with_template(context, "{{ surprise }}"), find_haproxy(Machine()))


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"the template .*haproxy\.cfg\.j2 is missing"):
        render(tmp_path / "haproxy.cfg.j2")


def test_the_default_vertical_is_none_when_barber_is_not_there(context: Context) -> None:
    (context.verticals / "barber" / "vertical.yaml").unlink()
    assert gateway.gateway_context(context).default_vertical == ""


def test_one_host_cannot_belong_to_two_verticals(context: Context) -> None:
    (context.verticals / "psychology" / "vertical.yaml").write_text("hosts: [barber.example]\n")
    with pytest.raises(StackError, match=r"the host barber\.example is claimed by the verticals barber and psychology"):
        hosts(context.verticals)


@pytest.mark.parametrize("folder", ["with space", "it's"])
def test_a_program_section_survives_an_odd_path(tmp_path: Path, folder: str) -> None:
    layout = Layout(tmp_path / folder)
    layout.make()
    command = ("/bin/echo", str(tmp_path / folder / "a b"), "100%")
    supervision.write_program(layout, find("kafka"), command, folder=layout.home, rendered="text")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(layout.programs / "kafka.conf")
    section = {name: value.replace("%%", "%") for name, value in parser["program:kafka"].items()}
    assert tuple(shlex.split(section["command"])) == command
    assert section["directory"] == str(layout.home)
    assert (section["stopsignal"], section["autorestart"]) == ("TERM", "true")


def test_a_change_of_its_files_shows_in_a_programs_section(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    texts = []
    for rendered in ("one", "one", "two"):
        supervision.write_program(layout, find("kafka"), ["true"], folder=tmp_path, rendered=rendered)
        texts.append((layout.programs / "kafka.conf").read_text())
    assert texts[0] == texts[1] != texts[2]


def test_a_start_script_is_for_its_owner_only(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    command = supervision.write_script(layout, find("booking-api"), "export A='b'\n", ["python", "-m", "booking"])
    assert Path(command[1]).stat().st_mode & 0o777 == 0o700
    assert Path(command[1]).read_text() == "#!/bin/sh\nexport A='b'\nexec python -m booking\n"


def test_postgres_is_told_its_port_and_a_quoted_folder(tmp_path: Path) -> None:
    home = tmp_path / "it's here"
    server = Postgres(tmp_path, home, user=None, port=17432)
    (server.data).mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("15\n")
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
    (tmp_path / "postgres").chmod(0o755)
    server.prepare("secret")
    text = (server.data / "postgresql.conf").read_text()
    assert "port = 17432" in text
    assert "it''s here/run'" in text
    assert "fsync = on" in text


def test_data_of_another_postgres_is_not_touched(tmp_path: Path) -> None:
    server = Postgres(tmp_path, tmp_path / "home", user=None, port=17432)
    (server.data).mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("13\n")
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
    (tmp_path / "postgres").chmod(0o755)
    with pytest.raises(StackError, match="is of PostgreSQL 13, but 15 is installed; `make reset` starts anew"):
        server.prepare("secret")


def test_kafka_listens_on_loopback_and_returns_quickly_after_a_kill(tmp_path: Path) -> None:
    broker = kafka.Kafka(Path("java"), tmp_path, tmp_path / "data", tmp_path / "kafka.properties", 21092, 21095, 21093)
    broker.data.mkdir()
    (broker.data / "meta.properties").touch()
    broker.prepare()
    lines = broker.properties.read_text().splitlines()
    assert "listeners=PLAINTEXT://127.0.0.1:21092,CONTROLLER://127.0.0.1:21093" in lines
    assert "advertised.listeners=PLAINTEXT://127.0.0.1:21095,CONTROLLER://127.0.0.1:21093" in lines
    assert "broker.session.timeout.ms=2000" in lines
    assert "broker.heartbeat.interval.ms=500" in lines
    assert "auto.create.topics.enable=false" in lines
    assert "-XX:+UseSerialGC" in broker.command
