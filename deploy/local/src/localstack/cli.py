"""The commands: `python -m localstack up|down|reset|status|logs|env|restart|verify|audit|reconcile|demo`."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from localstack import logfiles, status
from localstack.audit import audit
from localstack.demo.options import add_options as add_demo_options
from localstack.environment import as_shell
from localstack.errors import StackError
from localstack.programs import PROGRAMS, SERVICES
from localstack.progress import Reporter
from localstack.reconcile import reconcile
from localstack.stack import DEFAULT_HOME, Stack
from localstack.verify.command import verify

REFUSED, NOT_READY, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 from `status` when the stack is not ready, 2 when it cannot be done."""
    options = _parser().parse_args(arguments)
    # It warns about every connection a starting broker refuses; what is not ready in the end is said in one line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    reporter = Reporter()
    try:
        stack = Stack(options.dir, options.port_base, reporter=reporter)
        done: int = options.run(stack, options)
    except StackError as error:
        print(f"localstack: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("localstack: interrupted; what was started goes on (down stops it)", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone; writing to what is left of it at exit would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return done


Command = Callable[[Stack, argparse.Namespace], int]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localstack", description="The local stack, without containers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = _shared_options()

    def command(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[shared], help=text, description=text)
        added.set_defaults(run=run)
        return added

    names = f"programs: {', '.join(program.name for program in PROGRAMS)}"
    up = command("up", _up, "start everything that does not run and wait until it is ready")
    up.add_argument("--only", nargs="+", metavar="PROGRAM", help=f"exactly these {names}")
    command("down", _down, "stop everything")
    command("reset", _reset, "stop everything and remove all data")
    command("status", _status, "what runs and whether it is ready").add_argument("--json", action="store_true")
    logs = command("logs", _logs, "the last lines of one log, or of all")
    logs.add_argument("program", nargs="?", help=names)
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    logs.add_argument("-n", "--lines", type=int, default=20)
    _add_judges(command)
    env = command("env", _env, "the settings of a program in shell form, for running it by hand")
    env.add_argument("program", metavar="SERVICE", help=f"{', '.join(SERVICES)}: all its settings; or a program")
    env.add_argument("--json", action="store_true")
    command("restart", _restart, "stop one program and start it again").add_argument("program", help=names)
    add_demo_options(command("demo", _demo, "a seeded business day through the gateway, checked in the end"))
    return parser


def _add_judges(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    judge = command("verify", _verify, "are the promises I1-I9 kept? Judged from databases, Kafka and the sandbox")
    judge.add_argument("--json", action="store_true")
    judge.add_argument("--drain", type=float, default=90, metavar="SECONDS", help="how long what is under way may take")
    command("audit", _audit, "is every service's audit chain whole? Walked, and compared with what Kafka keeps of it")
    books = command("reconcile", _reconcile, "search MercadoPago, compare its reports, print what differs")
    books.add_argument("arguments", nargs="*", help="after --: --from, --to, --json")


def _shared_options() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--dir", type=Path, default=DEFAULT_HOME, help="the stack's folder (default: .local)")
    text = "added to every port (default: that of the last up in the folder, or 0)"
    shared.add_argument("--port-base", type=int, metavar="N", help=text)
    return shared


def _up(stack: Stack, options: argparse.Namespace) -> int:
    started = stack.up(options.only)
    stack.reporter.say("ready" if started else "already up, and every program answers")
    if options.only is None:
        for line in urls(stack):
            stack.reporter.say(line)
    return 0


def urls(stack: Stack) -> list[str]:
    """What to open and what to run next, a line each."""
    gateway = f"http://localhost:{stack.ports['gateway']}"
    metrics = f"http://localhost:{stack.ports['gateway-stats']}/metrics"
    first, last = stack.ports["identity-api"], stack.ports["analytics-api"]
    usual = stack.layout.home == DEFAULT_HOME
    return [
        f"  gateway   {gateway}  https://localhost:{stack.ports['gateway-tls']}",
        f"  docs      {gateway}/docs",
        f"  sandbox   http://localhost:{stack.ports['sandbox']}",
        f"  metrics   {metrics}, and /metrics of each service on {first}-{last} and {first + 100}-{last + 100}",
        f"next: {'make demo' if usual else f'python -m localstack status --dir {stack.layout.home}'}",
    ]


def _down(stack: Stack, _options: argparse.Namespace) -> int:
    stopped = stack.down()
    stack.reporter.say("stopped; no process is left" if stopped else "nothing runs")
    return 0


def _reset(stack: Stack, _options: argparse.Namespace) -> int:
    removed = stack.reset()
    for path, count in removed:
        stack.reporter.say(f"removed {path} ({status.size(count)})")
    stack.reporter.say("Kafka's jars were kept" if removed else "there was nothing to remove")
    return 0


def _status(stack: Stack, options: argparse.Namespace) -> int:
    found = status.look(stack)
    if options.json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        stack.reporter.console.print(status.as_table(found))
    return 0 if found.ready else NOT_READY


def _logs(stack: Stack, options: argparse.Namespace) -> int:
    paths = sorted(stack.layout.logs.glob("*.log"))
    if not paths:
        raise StackError(f"there are no logs in {stack.layout.logs} yet: make up")
    if options.program is not None:
        names = ", ".join(path.stem for path in paths)
        paths = [stack.layout.logs / f"{options.program}.log"]
        if not paths[0].exists():
            raise StackError(f"{options.program} has no log in {stack.layout.logs}; there are: {names}")
    alone = len(paths) == 1
    for path in paths:
        for line in logfiles.last_lines(path, options.lines):
            print(line if alone else f"{path.stem:22} | {line}")
    if options.follow:
        for name, line in logfiles.follow(paths):
            print(line if alone else f"{name:22} | {line}", flush=True)
    return 0


def _env(stack: Stack, options: argparse.Namespace) -> int:
    settings = stack.environment(options.program)
    print(json.dumps(settings, indent=2) if options.json else as_shell(settings), end="\n" if options.json else "")
    return 0


def _verify(stack: Stack, options: argparse.Namespace) -> int:
    return verify(stack, options.json, options.drain)


def _audit(stack: Stack, _options: argparse.Namespace) -> int:
    return 0 if audit(stack) else NOT_READY


def _reconcile(stack: Stack, options: argparse.Namespace) -> int:
    return reconcile(stack, options.arguments)


def _restart(stack: Stack, options: argparse.Namespace) -> int:
    with stack.reporter.step(f"restarting {options.program}"):
        stack.restart(options.program)
    return 0


def _demo(stack: Stack, options: argparse.Namespace) -> int:
    # Imported here: what the demo is made of takes a while to load, and only the demo needs it.
    from localstack.demo.command import run

    return run(stack, options)
