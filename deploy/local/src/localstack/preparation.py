"""Making what a program needs before it starts: data folders, configuration, start scripts, supervisor sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from localstack import certificates, gateway, kafka, postgres, supervision
from localstack.environment import Context, as_shell, program_settings
from localstack.errors import StackError
from localstack.layout import Layout
from localstack.prerequisites import Tools
from localstack.programs import Kind, Program
from localstack.progress import Reporter
from localstack.scopes import hosts


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the preparing of one `up` is done with."""

    context: Context
    tools: Tools
    reporter: Reporter

    @property
    def layout(self) -> Layout:
        """The stack's folders."""
        return self.context.layout

    def prepare(self, programs: Sequence[Program]) -> Path:
        """Prepare the programs and answer supervisord's configuration; what is in place stays."""
        self.layout.make_sockets()
        certificates.ensure_signing_keys(self.layout.keys, self.context.secrets.signing_key_ids)
        certificates.ensure_gateway_certificate(self.layout.gateway_certificate, list(hosts(self.context.verticals)))
        steps = {Kind.POSTGRES: self._postgres, Kind.KAFKA: self._kafka, Kind.GATEWAY: self._gateway}
        for program in programs:
            steps.get(program.kind, self._python)(program)
        return supervision.write_main(self.layout)

    def _postgres(self, program: Program) -> None:
        user = postgres.system_user()
        home = postgres.home_for(self.layout, user)
        self.layout.remember(postgres_home=str(home))
        server = postgres.Postgres(_there(self.tools.postgres), home, user, self.context.ports["postgres"])
        if server.initialised:
            server.prepare(self.context.secrets.postgres_superuser)
        else:
            usual = self.layout.data / "postgres"
            if home != usual:
                self.reporter.say(f"PostgreSQL's data goes to {home}, because its server cannot use {usual}")
            with self.reporter.step("initialising PostgreSQL's data"):
                server.prepare(self.context.secrets.postgres_superuser)
        supervision.write_program(
            self.layout, program, server.command, folder=server.data, user=user, rendered=server.configuration()
        )

    def _kafka(self, program: Program) -> None:
        libs = kafka.fetch_jars(self.layout, self.tools.maven, self.reporter)
        broker = kafka.Kafka(
            java=_there(self.tools.java),
            libs=libs,
            data=self.layout.data / "kafka",
            properties=self.layout.run / "kafka.properties",
            port=self.context.ports["kafka"],
            advertised_port=self.context.reached_at("kafka"),
            controller_port=self.context.ports["kafka-controller"],
        )
        if broker.formatted:
            broker.prepare()
        else:
            with self.reporter.step("formatting Kafka's storage"):
                broker.prepare()
        rendered = broker.properties.read_text()
        supervision.write_program(self.layout, program, broker.command, folder=self.layout.home, rendered=rendered)

    def _gateway(self, program: Program) -> None:
        haproxy = _there(self.tools.haproxy)
        config = gateway.render_gateway(self.context, haproxy)
        # -W: a master that reloads without dropping connections; -db: in the foreground, under the supervisor's eyes.
        command = (str(haproxy), "-W", "-db", "-f", str(config))
        supervision.write_program(self.layout, program, command, folder=self.layout.home, rendered=config.read_text())

    def _python(self, program: Program) -> None:
        module = [program.service, program.kind.value] if program.service else [program.name]
        if program.kind is Kind.SANDBOX:
            (self.layout.data / program.name).mkdir(exist_ok=True)
        exports = as_shell(program_settings(self.context, program))
        command = supervision.write_script(self.layout, program, exports, [str(self.context.python), "-m", *module])
        supervision.write_program(self.layout, program, command, folder=self.layout.home, rendered=exports)


def _there(tool: Path | None) -> Path:
    if tool is None:
        raise StackError("a tool was not looked for before it was needed")
    return tool
