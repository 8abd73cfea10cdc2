"""One function per verb."""

from analytics.usecases.activity import Activity, report_activity
from analytics.usecases.context import AnalyticsContext, Gate
from analytics.usecases.dashboards import (
    Dashboard,
    Sheet,
    open_sheet,
    read_dashboard,
    read_provider_dashboard,
)
from analytics.usecases.live import Hub, Message, Seats, feed_channel
from analytics.usecases.monitoring import (
    Condition,
    LaunchReport,
    Watched,
    read_condition,
    read_launch_report,
    take_report,
    watch_all,
    watch_figures,
)
from analytics.usecases.platform import PlatformWatch
from analytics.usecases.project import project_bookings, project_payments, project_providers
from analytics.usecases.stream import (
    FOLLOWERS,
    Stream,
    Ticket,
    follow_feeds,
    issue_ticket,
    open_stream,
    redeem_ticket,
)
from analytics.usecases.upkeep import (
    forget_activity,
    forget_feed,
    forget_reports,
    forget_tickets,
    forget_whole_feed,
)

__all__ = [
    "FOLLOWERS",
    "Activity",
    "AnalyticsContext",
    "Condition",
    "Dashboard",
    "Gate",
    "Hub",
    "LaunchReport",
    "Message",
    "PlatformWatch",
    "Seats",
    "Sheet",
    "Stream",
    "Ticket",
    "Watched",
    "feed_channel",
    "follow_feeds",
    "forget_activity",
    "forget_feed",
    "forget_reports",
    "forget_tickets",
    "forget_whole_feed",
    "issue_ticket",
    "open_sheet",
    "open_stream",
    "project_bookings",
    "project_payments",
    "project_providers",
    "read_condition",
    "read_dashboard",
    "read_launch_report",
    "read_provider_dashboard",
    "redeem_ticket",
    "report_activity",
    "take_report",
    "watch_all",
    "watch_figures",
    "watch_platform",
]


async def watch_platform(context: AnalyticsContext) -> None:
    """Ask every service how it is, until cancelled."""
    await context.platform.run()
