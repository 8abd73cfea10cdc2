"""Sight: structured logs and traces. Neither ever holds a body, a header value or a person's data."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Final, TextIO

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from common.settings import ServiceSettings

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_TRACEPARENT: Final = "traceparent"


def configure(service: str, role: str, settings: ServiceSettings, logs: TextIO = sys.stdout) -> None:
    """Logs as JSON lines on standard output, or on `logs`; spans to a file of JSON lines, to OTLP, or nowhere."""
    _configure_logs(service, role, settings.log_level, logs)
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.role": role}))
    if settings.traces_file is not None:
        settings.traces_file.parent.mkdir(parents=True, exist_ok=True)
        out = settings.traces_file.open("a", encoding="utf-8")
        provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter(out=out, formatter=_as_line)))
    if settings.otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)


def flush() -> None:
    """Hand over the spans still held, before the process ends."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span, or None outside any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(_TRACEPARENT)


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    traceparent: str | None = None,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """A span; with a `traceparent` it continues that trace instead of the current one."""
    parent = _PROPAGATOR.extract({_TRACEPARENT: traceparent}) if traceparent else None
    tracer = trace.get_tracer("barberpro")
    with tracer.start_as_current_span(
        name, context=parent, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        yield current


def trace_id_of(traceparent: str | None) -> str | None:
    """The 32 hex digits of a traceparent."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None


def _configure_logs(service: str, role: str, level: str, logs: TextIO = sys.stdout) -> None:
    logging.basicConfig(stream=logs, level=logging.WARNING, format="%(message)s")
    # On the handler: a logger's own filter does not see what its children log.
    logging.getLogger().handlers[0].addFilter(_SampleRepeats())
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(default=str),
        ],
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper("iso"),
            _add_trace,
            structlog.processors.ExceptionRenderer(_name_only),
        ],
    )
    logging.getLogger().handlers[0].setFormatter(formatter)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            _add_trace,
            structlog.processors.ExceptionRenderer(_name_only),
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(logs),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, role=role)


def _add_trace(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        entry["trace_id"] = format(context.trace_id, "032x")
        entry["span_id"] = format(context.span_id, "016x")
    return entry


def _name_only(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Where an exception came from, without its text: database errors quote the row they refuse."""
    _, error, traceback = exc_info
    return _whereabouts(error, traceback)


def _whereabouts(error: BaseException, traceback: TracebackType | None) -> str:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno}:{code.co_name}")
        traceback = traceback.tb_next
    where = f"{type(error).__name__} at {' > '.join(frames[-6:])}"
    if isinstance(error, BaseExceptionGroup):
        # A task group's own place says nothing of what failed in it.
        where += f" [{'; '.join(_whereabouts(each, each.__traceback__) for each in error.exceptions[:3])}]"
    return where


def _as_line(readable: ReadableSpan) -> str:
    line: str = readable.to_json(indent=None)
    return line + "\n"


class _SampleRepeats(logging.Filter):
    """aiokafka repeats one warning hundreds of times while a broker is away: let every hundredth through."""

    _EVERY = 100

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        count = self._seen.get(record.msg, 0)
        self._seen[record.msg] = count + 1
        return count % self._EVERY == 0


def log_to(stream: TextIO) -> None:
    """Send logs elsewhere; for tests that read them."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream), cache_logger_on_first_use=False)
