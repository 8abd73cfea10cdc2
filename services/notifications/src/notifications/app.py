"""The composition root: the only file that builds adapters."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from common.service import Service
from common.uow import UnitOfWork
from common.verticals import Verticals
from notifications.api import REFUSALS, router
from notifications.clients import Sender
from notifications.clients.mail import Mail, MailServer
from notifications.clients.texts import Texts
from notifications.clients.whatsapp import WhatsApp
from notifications.domain.notification import Channel
from notifications.events import SUBSCRIPTIONS
from notifications.jobs import JOBS
from notifications.settings import Settings
from notifications.usecases import NotificationsContext


@asynccontextmanager
async def build(settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[NotificationsContext]:
    """Both channels around the context. A scope that is no vertical is refused at once."""
    for scope in uow.scopes:
        verticals.get(scope)
    texts = Texts()
    server = MailServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_username, settings.smtp_password, settings.smtp_tls
    )
    async with httpx.AsyncClient() as http:
        whatsapp = WhatsApp(
            http, settings.whatsapp_url, settings.whatsapp_token, settings.whatsapp_phone_number_id, texts
        )
        mail = Mail(server, settings.mail_from, texts)
        senders: Mapping[Channel, Sender] = {Channel.WHATSAPP: whatsapp, Channel.EMAIL: mail}
        yield NotificationsContext(
            uow, verticals, senders, settings.opened_contact_keys(), settings.public_url, settings.paused_channels
        )


SERVICE: Final = Service(
    name="notifications",
    settings=Settings,
    build=build,
    migrations=Path(__file__).resolve().parents[2] / "migrations",
    routers=(router,),
    refusals=REFUSALS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
)
