"""The commands: `python -m observability generate|rules|dashboards|containers|observe`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from localstack.errors import StackError
from localstack.interrupts import end_as_with_ctrl_c
from localstack.progress import Reporter
from localstack.stack import DEFAULT_HOME, Stack
from observability import containers
from observability.boards import boards
from observability.observe.command import observe
from observability.recording import files
from observability.render import as_json
from observability.rules import RULES, prometheus_rule

REFUSED, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 when it cannot be done, `observe` answers as its help says."""
    options = _parser().parse_args(arguments)
    try:
        done: int = options.run(options)
    except StackError as error:
        print(f"observability: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("observability: interrupted", file=sys.stderr)
        return INTERRUPTED
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m observability", description="What the programs count, watched.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    generate = commands.add_parser("generate", help="write the recording rules of the objectives")
    generate.set_defaults(run=_generate)
    rules = commands.add_parser("rules", help="print all rules as one PrometheusRule, for the Prometheus operator")
    rules.set_defaults(run=_rules)
    write = commands.add_parser("dashboards", help="write every dashboard as JSON for Grafana")
    write.add_argument("--out", type=Path, default=DEFAULT_HOME / "dashboards", help="default: .local/dashboards")
    write.set_defaults(run=_dashboards)
    contained = commands.add_parser("containers", help="write what Prometheus and the collector in containers are told")
    contained.set_defaults(run=_containers)
    text = "the service levels of a running stack; 0 all kept, 1 one missed, 3 none missed and one unknown"
    watch = commands.add_parser("observe", help=text, description=text)
    watch.add_argument("--json", action="store_true", help="one JSON document instead of progress and tables")
    watch.add_argument("--watch", type=float, default=0, metavar="SECONDS", help="keep scraping so long first")
    watch.add_argument("--dir", type=Path, default=DEFAULT_HOME, help="the stack's folder (default: .local)")
    watch.add_argument("--port-base", type=int, metavar="N", help="as `up` was told (default: remembered)")
    watch.set_defaults(run=_observe)
    return parser


def _generate(_options: argparse.Namespace) -> int:
    for name, text in files().items():
        file = RULES / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            print(f"observability: {name} written")
    return 0


def _rules(_options: argparse.Namespace) -> int:
    yaml.safe_dump(prometheus_rule(), sys.stdout, sort_keys=False, width=120)
    return 0


def _dashboards(options: argparse.Namespace) -> int:
    options.out.mkdir(parents=True, exist_ok=True)
    made = {f"{board.uid}.json": as_json(board) for board in boards()}
    for old in options.out.glob("barberpro-*.json"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (options.out / name).write_text(text)
    print(f"observability: {len(made)} in {options.out}: {', '.join(made)}")
    return 0


def _containers(_options: argparse.Namespace) -> int:
    containers.write(containers.HOME)
    return 0


def _observe(options: argparse.Namespace) -> int:
    # Whoever ends us politely must not leave Prometheus behind; what a kill leaves, `localstack down` finds.
    end_as_with_ctrl_c()
    reporter = Reporter(quiet=options.json)
    return observe(Stack(options.dir, options.port_base, reporter=reporter), options.json, options.watch)
