"""Ports: where they are, and what is said about a taken one."""

import os
import socket
from collections.abc import Iterator

import pytest

from localstack.errors import StackError
from localstack.ports import BASE, CEILING, HOST, Ports, check_free, find_ports, is_free
from localstack.programs import PROGRAMS


@pytest.fixture
def taken() -> Iterator[Ports]:
    """Ports of which the gateway's is listened on by this very process."""
    ports = find_ports(4000)
    with socket.create_server((HOST, ports["gateway"])):
        yield ports


def test_every_port_is_below_those_that_outgoing_connections_take() -> None:
    assert max(BASE.values()) < CEILING
    assert len(set(BASE.values())) == len(BASE)


def test_every_port_belongs_to_exactly_one_program() -> None:
    assert sorted(name for program in PROGRAMS for name in program.ports) == sorted(BASE)


def test_an_offset_moves_every_port() -> None:
    moved = Ports(2000)
    assert {name: moved[name] - BASE[name] for name in moved} == dict.fromkeys(BASE, 2000)


@pytest.mark.parametrize("offset", [20_000, -8000])
def test_an_offset_out_of_range_is_refused(offset: int) -> None:
    with pytest.raises(StackError, match=r"--port-base .* is out of range"):
        Ports(offset)


def test_a_taken_port_is_not_free(taken: Ports) -> None:
    assert not is_free(taken["gateway"])
    assert is_free(taken["sandbox"])


def test_a_taken_port_is_named_with_its_program_and_who_has_it(taken: Ports) -> None:
    with pytest.raises(StackError, match=rf"port {taken['gateway']} of gateway is taken by .*\(pid {os.getpid()}\)"):
        check_free(taken, ["sandbox", "gateway"])
