"""One function per verb; each owns its transaction."""

from providers.usecases.absences import call_off_absence, find_absences, take_time_off
from providers.usecases.holidays import decide_holiday, find_holidays
from providers.usecases.hours import Hours, clear_day, find_hours, publish_hours, set_day
from providers.usecases.places import (
    NewPlace,
    PlaceChange,
    ResourceChange,
    add_resource,
    change_place,
    change_resource,
    close_place,
    open_place,
    remove_resource,
)
from providers.usecases.providers import (
    Naming,
    add_licence,
    page_own_providers,
    register_provider,
    rename_provider,
    show_provider,
    verify_provider,
)
from providers.usecases.search import Asked, search_nearby
from providers.usecases.services import NewService, ServiceChange, change_service, publish_service
from providers.usecases.snapshots import snapshot_absences, snapshot_providers, snapshot_schedules, snapshot_services
from providers.usecases.staff import MemberChange, change_member, dismiss, forget_account, hire
from providers.usecases.upcoming import forget_bookings, remember_bookings

__all__ = [
    "Asked",
    "Hours",
    "MemberChange",
    "Naming",
    "NewPlace",
    "NewService",
    "PlaceChange",
    "ResourceChange",
    "ServiceChange",
    "add_licence",
    "add_resource",
    "call_off_absence",
    "change_member",
    "change_place",
    "change_resource",
    "change_service",
    "clear_day",
    "close_place",
    "decide_holiday",
    "dismiss",
    "find_absences",
    "find_holidays",
    "find_hours",
    "forget_account",
    "forget_bookings",
    "hire",
    "open_place",
    "page_own_providers",
    "publish_hours",
    "publish_service",
    "register_provider",
    "remember_bookings",
    "remove_resource",
    "rename_provider",
    "search_nearby",
    "set_day",
    "show_provider",
    "snapshot_absences",
    "snapshot_providers",
    "snapshot_schedules",
    "snapshot_services",
    "take_time_off",
    "verify_provider",
]
