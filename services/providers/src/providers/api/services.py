"""What is offered."""

from typing import Final

from fastapi import APIRouter

from common.http import InVertical, Key, once
from contracts.ids import ProviderId, ServiceId
from providers import usecases
from providers.api.fields import InContext, Owner
from providers.api.offered import ServiceBody, ServicePatch, ServiceShown

router: Final = APIRouter(prefix="/api/v1/providers/{provider_id}/services", tags=["services"])


@router.post("", status_code=201)
async def publish(
    provider_id: ProviderId, body: ServiceBody, owner: Owner, vertical: InVertical, context: InContext, key: Key
) -> ServiceShown:
    """Offer a service."""
    request = once(key, ServiceShown.of)
    service = await usecases.publish_service(context, vertical, owner, provider_id, body.service(), request)
    return ServiceShown.of(service)


@router.patch("/{service_id}")
async def change(
    provider_id: ProviderId,
    service_id: ServiceId,
    body: ServicePatch,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
) -> ServiceShown:
    """Its price, length, staff ...; `active` false withdraws it. Bookings made before keep what they were made with."""
    changed = await usecases.change_service(context, vertical, owner, provider_id, service_id, body.change())
    return ServiceShown.of(changed)
