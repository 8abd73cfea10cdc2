"""One function per verb."""

from identity.usecases.guests import CodeRequest, send_code, verify_code
from identity.usecases.profile import Change, Holdings, Profile, change_profile, erase, export, view_profile
from identity.usecases.registering import Registration, ensure_first_operator, register
from identity.usecases.roles import give_role, take_role
from identity.usecases.sessions import Grant, login, logout, refresh, start_session
from identity.usecases.upkeep import (
    forget_attempts,
    forget_codes,
    forget_sessions,
    page_of_accounts,
    page_of_contacts,
    reseal,
)

__all__ = [
    "Change",
    "CodeRequest",
    "Grant",
    "Holdings",
    "Profile",
    "Registration",
    "change_profile",
    "ensure_first_operator",
    "erase",
    "export",
    "forget_attempts",
    "forget_codes",
    "forget_sessions",
    "give_role",
    "login",
    "logout",
    "page_of_accounts",
    "page_of_contacts",
    "refresh",
    "register",
    "reseal",
    "send_code",
    "start_session",
    "take_role",
    "verify_code",
    "view_profile",
]
