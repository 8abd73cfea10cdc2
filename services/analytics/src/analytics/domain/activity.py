"""What client apps may report: closed lists, so that nobody's words or data end up in a figure."""

from enum import StrEnum


class ActivityKind(StrEnum):
    """Which of the three reports it is."""

    SESSION = "session"
    ACTION = "action"
    FUNNEL = "funnel"


class SessionStart(StrEnum):
    """Where the session runs."""

    WEB = "web"
    PWA = "pwa"
    ANDROID = "android"
    IOS = "ios"


class Action(StrEnum):
    """What somebody did in the app."""

    SEARCH = "search"
    FILTER = "filter"
    VIEW_PROVIDER = "view_provider"
    VIEW_SERVICE = "view_service"
    VIEW_REVIEWS = "view_reviews"
    VIEW_PROMOTION = "view_promotion"
    OPEN_MAP = "open_map"
    CONTACT = "contact"
    SHARE = "share"
    ADD_FAVOURITE = "add_favourite"
    ADD_TO_CALENDAR = "add_to_calendar"


class FunnelStep(StrEnum):
    """How far somebody got on the way to a booking."""

    SEARCH = "search"
    PROVIDER = "provider"
    SERVICE = "service"
    SLOT = "slot"
    CHECKOUT = "checkout"
    PAYMENT = "payment"
    CONFIRMED = "confirmed"
