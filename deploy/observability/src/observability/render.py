"""Our boards as Grafana's JSON, built with Grafana's own SDK so that a misnamed field does not pass."""

import json
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueColorMode, GraphThresholdsStyleMode, VisibilityMode
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef, Threshold, ThresholdsMode

from observability.panels import Board, Kind, Panel

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
_HEIGHT: Final = {Kind.LINES: 8, Kind.NUMBER: 5}
_GOOD, _BAD = "green", "red"


def as_json(board: Board) -> str:
    """The dashboard as Grafana reads it, the same text each time."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["barberpro", "generated"])
        .readonly()
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Source").type("prometheus"))
    )
    for row in board.rows:
        builder = builder.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            builder = builder.with_panel(_panel(panel))
    text: str = JSONEncoder(sort_keys=True, indent=2).encode(builder.build())
    return f"{text}\n"


def expressions(text: str) -> list[str]:
    """Every `expr` of a rendered dashboard, as Grafana would send it."""
    targets = [target for panel in json.loads(text)["panels"] for target in panel.get("targets", ())]
    return [target["expr"] for target in targets]


def _panel(panel: Panel) -> timeseries.Panel | stat.Panel:
    made = _lines(panel) if panel.kind is Kind.LINES else _number(panel)
    for place, query in enumerate(panel.queries):
        asked = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + place))
        made = made.with_target(asked)
    return (
        made.title(panel.title)
        .description(panel.description)
        .unit(panel.unit.value)
        .datasource(SOURCE)
        .thresholds(_thresholds(panel))
        .span(panel.width)
        .height(_HEIGHT[panel.kind])
    )


def _lines(panel: Panel) -> timeseries.Panel:
    made = timeseries.Panel().min(0).fill_opacity(8).show_points(VisibilityMode.NEVER)
    return made if panel.limit is None else made.thresholds_style(_dashed())


def _number(_panel: Panel) -> stat.Panel:
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
    return stat.Panel().reduce_options(reduced).color_mode(BigValueColorMode.VALUE).no_value("no data")


def _dashed() -> common.GraphThresholdsStyleConfig:
    return common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    steps = [Threshold(color=_GOOD, value=None)]
    if panel.limit is not None:
        below, above = (_BAD, _GOOD) if panel.at_least else (_GOOD, _BAD)
        steps = [Threshold(color=below, value=None), Threshold(color=above, value=panel.limit)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
