"""HTTP in: one router per subject."""

from typing import Final

from analytics.api import activity, dashboards, monitoring, platform, stream
from common.errors import Answer, RefusalTable
from common.span import InvalidSpan

ROUTERS: Final = (dashboards.router, stream.router, activity.router, platform.router, monitoring.router)
REFUSALS: Final[RefusalTable] = {
    InvalidSpan: Answer(422, "Revisá las fechas: 'desde' va antes que 'hasta' y pueden ser hasta 400 días."),
}
