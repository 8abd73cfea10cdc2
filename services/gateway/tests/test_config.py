"""HAProxy accepts what the template becomes, in every shape that a deployment may give it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from services.gateway.tests.running import Signer, check, gateway_context, make_keys, render_config

from localstack.gateway import Listen

SERVICES = dict.fromkeys(("identity", "providers", "booking", "payments", "notifications", "analytics"), "127.0.0.1:1")
Accepted = Callable[..., str]


@pytest.fixture
def accepted(signer: Signer, tmp_path: Path) -> Accepted:
    """The configuration as text, which HAProxy takes without a warning; a name may be unknown yet."""

    def render_and_check(beyond: dict[str, Any] | None = None, folder: Path = signer.folder, **values: Any) -> str:
        ports = iter(range(24400, 24403))
        context = gateway_context(tmp_path, folder, ports, {"services": SERVICES} | values)
        config = render_config(tmp_path, context, {}, **(beyond or {}))
        said = check(config)
        assert said.returncode == 0, said.stderr
        warnings = [line for line in said.stderr.splitlines() if "WARNING" in line and "not resolve" not in line]
        assert warnings == []
        return config.read_text()

    return render_and_check


def test_the_local_stacks_configuration_is_accepted(accepted: Accepted) -> None:
    text = accepted()
    assert "bind 127.0.0.1:24400" in text
    assert "X-Forwarded-For" in text


@pytest.mark.parametrize(("local", "given", "bound"), [(True, "", ":"), (False, "127.0.0.9", "127.0.0.9:")])
def test_an_address_that_is_given_is_listened_on_alone(
    accepted: Accepted, signer: Signer, tmp_path: Path, local: bool, given: str, bound: str
) -> None:
    listen = Listen(24400, 24401, signer.folder / "tls.pem", 24402, tmp_path / "s", bind_address=given)
    text = accepted(gateway=listen, local=local)
    binds = [line.split()[1] for line in text.splitlines() if line.strip().startswith("bind ")]
    assert binds == [f"{bound}24400", f"{bound}24401", f"{bound}24402"]


def test_without_limits_of_its_own_a_gateway_has_productions(signer: Signer, tmp_path: Path) -> None:
    context = gateway_context(tmp_path, signer.folder, iter(range(24400, 24403)), {"services": SERVICES})
    config = render_config(tmp_path, context, {}, limits={})
    assert check(config).returncode == 0
    text = config.read_text()
    assert "!webhook { sc_gpc0_rate(0) ge 600 }" in text
    assert "webhook { sc_gpc0_rate(0) ge 5000 }" in text
    assert "good_token { sc_gpc0_rate(1) ge 100 }" in text
    assert "login { sc_gpc0_rate(2) ge 60 }" in text


def test_productions_configuration_is_accepted(accepted: Accepted) -> None:
    text = accepted(
        {"cors_origins": ["https://app.example"]},
        local=False,
        default_vertical="",
        trusted_proxies=["10.0.0.0/8", "fd00::/8"],
    )
    assert "bind :24400" in text
    assert "req.hdr(x-vertical)" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": []},
        {"hosts": {}},
        {"services": {"identity": "127.0.0.1:1"}},
        {"services": {name: f"{name}.invalid:1 resolvers default init-addr libc,none" for name in SERVICES}},
    ],
    ids=["no key yet", "no host yet", "one service", "names that nobody knows yet"],
)
def test_a_young_deployment_is_accepted(accepted: Accepted, changes: dict[str, Any]) -> None:
    accepted(**changes)


@pytest.mark.parametrize("name", ["with space", "it's"])
def test_an_odd_path_is_no_obstacle(accepted: Accepted, tmp_path: Path, name: str) -> None:
    accepted(folder=make_keys(tmp_path / name))


def test_no_line_ends_up_holding_a_private_key(accepted: Accepted) -> None:
    text = accepted()
    assert "PRIVATE" not in text
    assert text.count(".pub.pem") == 2
