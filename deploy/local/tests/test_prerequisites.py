"""What must be installed: found, installed, or named in one line."""

import pytest

from localstack.errors import StackError
from localstack.machine import Machine
from localstack.prerequisites import check, find_postgres, needed
from localstack.programs import PROGRAMS, choose
from localstack.progress import Reporter
from localstack.testing import ScriptedMachine

QUIET = Reporter(quiet=True)
JAVA_17 = """echo 'openjdk version "17.0.15" 2025-04-15' >&2"""


def test_the_whole_stack_needs_four_tools() -> None:
    assert needed(PROGRAMS, jars_there=False) == ("java", "maven", "postgres", "haproxy")


def test_maven_is_needed_only_while_the_jars_are_not_there() -> None:
    assert needed(choose(["kafka"]), jars_there=True) == ("java",)


def test_what_is_there_is_found(scripted: ScriptedMachine) -> None:
    scripted.has("java", JAVA_17).has("haproxy", "echo 'HAProxy version 2.6.12-1+deb12u4 2026/10/17'")
    tools = check(["java", "haproxy"], QUIET, scripted.machine())
    assert tools.java == scripted.programs / "java"
    assert tools.haproxy == scripted.programs / "haproxy"
    assert tools.postgres is None


def test_a_plain_user_is_told_the_one_command_to_run(scripted: ScriptedMachine) -> None:
    scripted.has("apt-get")
    with pytest.raises(StackError) as refused:
        check(["maven", "haproxy"], QUIET, scripted.machine())
    text = "missing: Maven, HAProxy 2.6 or later. Run: sudo apt-get install -y --no-install-recommends maven haproxy"
    assert str(refused.value) == text


def test_without_apt_get_the_missing_are_named(scripted: ScriptedMachine) -> None:
    with pytest.raises(StackError, match=r"missing: Maven\. There is no apt-get here"):
        check(["maven"], QUIET, scripted.machine(is_root=True))


def test_root_installs_what_is_missing_while_services_stay_off(scripted: ScriptedMachine) -> None:
    script = f"""test -x '{scripted.policy}' || exit 1
    echo "$@" >> '{scripted.folder}/asked'
    /bin/cp "$0" '{scripted.programs}/mvn'"""
    scripted.has("apt-get", script)
    tools = check(["maven"], QUIET, scripted.machine(is_root=True))
    assert tools.maven == scripted.programs / "mvn"
    asked = (scripted.folder / "asked").read_text().splitlines()
    assert asked == ["update -q", "install -y --no-install-recommends maven"]
    assert not scripted.policy.exists()


def test_an_installation_that_fails_shows_its_last_lines(scripted: ScriptedMachine) -> None:
    scripted.has("apt-get", "echo 'E: Unable to locate package maven'; exit 100")
    with pytest.raises(StackError, match=r"apt-get failed \(exit 100\):\n    E: Unable to locate package maven"):
        check(["maven"], QUIET, scripted.machine(is_root=True))


def test_an_installation_that_brings_nothing_is_refused(scripted: ScriptedMachine) -> None:
    scripted.has("apt-get")
    with pytest.raises(StackError, match="still missing after the installation: Maven"):
        check(["maven"], QUIET, scripted.machine(is_root=True))


@pytest.mark.parametrize(
    ("tool", "program", "says"),
    [
        ("java", "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2"""),
        ("haproxy", "haproxy", "echo 'HAProxy version 2.4.22 2023/02/14'"),
    ],
)
def test_a_version_that_is_too_old_counts_as_missing(
    scripted: ScriptedMachine, tool: str, program: str, says: str
) -> None:
    scripted.has("apt-get").has(program, says)
    with pytest.raises(StackError, match=r"missing: .* or later"):
        check([tool], QUIET, scripted.machine())


def test_the_newest_postgres_is_taken(scripted: ScriptedMachine) -> None:
    for major in (9, 15, 17, 14):
        scripted.has_postgres(major, "postgis", "btree_gist")
    assert find_postgres(scripted.machine()) == scripted.postgres_versions / "17" / "bin"


def test_a_postgres_without_its_extensions_is_completed(scripted: ScriptedMachine) -> None:
    scripted.has("apt-get").has_postgres(16, "btree_gist")
    with pytest.raises(StackError, match=r"missing: PostgreSQL 16's extension postgis\..*postgresql-16-postgis-3"):
        check(["postgres"], QUIET, scripted.machine())


def test_an_old_postgres_alone_is_not_enough(scripted: ScriptedMachine) -> None:
    scripted.has("apt-get").has_postgres(14, "postgis", "btree_gist")
    with pytest.raises(StackError, match=r"PostgreSQL 15 or later\..* postgresql postgresql-postgis"):
        check(["postgres"], QUIET, scripted.machine())


def test_this_machine_runs_the_whole_stack() -> None:
    tools = check(needed(PROGRAMS, jars_there=False), QUIET, Machine())
    assert None not in (tools.java, tools.maven, tools.postgres, tools.haproxy)
