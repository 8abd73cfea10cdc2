"""Registering, showing, renaming, licensing and verifying providers."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from common.http import InVertical, Key, MaybeCaller, once
from contracts.ids import ProviderId
from providers import usecases
from providers.api.asked import LicenceBody, PageQuery, RegisterBody, RenameBody
from providers.api.cursors import id_after
from providers.api.fields import InContext, Operator, Owner
from providers.api.shown import LicenceShown, ProviderPage, ProviderShown
from providers.domain.naming import SLUG_LENGTH, SLUG_PATTERN

router: Final = APIRouter(prefix="/api/v1/providers", tags=["providers"])
SlugInPath = Annotated[str, Path(max_length=SLUG_LENGTH, pattern=SLUG_PATTERN)]


@router.post("", status_code=201)
async def register(
    body: RegisterBody, owner: Owner, vertical: InVertical, context: InContext, key: Key
) -> ProviderShown:
    """Sign up a professional or business; one account may own several."""
    request = once(key, ProviderShown.of_profile)
    profile = await usecases.register_provider(context, vertical, owner, body.display_name, body.slug, request)
    return ProviderShown.of_profile(profile)


@router.get("/mine")
async def mine(
    query: Annotated[PageQuery, Query()], owner: Owner, vertical: InVertical, context: InContext
) -> ProviderPage:
    """The caller's own, by age."""
    own = await usecases.page_own_providers(context, vertical, owner, id_after(query.cursor), query.limit)
    return ProviderPage.of(own, query.limit)


@router.get("/by-slug/{slug}")
async def show_by_slug(
    slug: SlugInPath, visitor: MaybeCaller, vertical: InVertical, context: InContext
) -> ProviderShown:
    """The public profile; one that is not listed is shown to its owner and to operators."""
    return ProviderShown.of_profile(await usecases.show_provider(context, vertical, visitor, slug))


@router.get("/{provider_id}")
async def show(
    provider_id: ProviderId, visitor: MaybeCaller, vertical: InVertical, context: InContext
) -> ProviderShown:
    """The public profile; one that is not listed is shown to its owner and to operators."""
    return ProviderShown.of_profile(await usecases.show_provider(context, vertical, visitor, provider_id))


@router.patch("/{provider_id}")
async def rename(
    provider_id: ProviderId, body: RenameBody, owner: Owner, vertical: InVertical, context: InContext
) -> ProviderShown:
    """A new trade name, a new slug, or both."""
    profile = await usecases.rename_provider(context, vertical, owner, provider_id, body.naming())
    return ProviderShown.of_profile(profile)


@router.post("/{provider_id}/licences", status_code=201)
async def add_licence(
    provider_id: ProviderId, body: LicenceBody, owner: Owner, vertical: InVertical, context: InContext, key: Key
) -> LicenceShown:
    """A licence to be checked by an operator."""
    request = once(key, LicenceShown.of)
    licence = await usecases.add_licence(context, vertical, owner, provider_id, body.licence(), request)
    return LicenceShown.of(licence)


@router.post("/{provider_id}/verify")
async def verify(
    provider_id: ProviderId, operator: Operator, vertical: InVertical, context: InContext, key: Key
) -> ProviderShown:
    """An operator has checked the licences; the provider is listed."""
    request = once(key, ProviderShown.of_profile, status=200)
    return ProviderShown.of_profile(await usecases.verify_provider(context, vertical, operator, provider_id, request))
