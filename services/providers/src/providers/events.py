"""What this service listens to."""

from typing import Final

from common.subscriptions import react
from contracts.identity import AccountErased
from providers import usecases

SUBSCRIPTIONS: Final = (react(AccountErased, usecases.forget_account),)
