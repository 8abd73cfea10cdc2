"""The bodies of the search, and what client apps are told of the vertical."""

from collections.abc import Mapping, Sequence
from typing import Self

from common.http import Body, Pesos
from common.verticals import Vertical
from contracts.ids import ProviderId, ServiceId
from providers.api.cursors import search_cursor
from providers.api.shown import PlaceCard
from providers.domain.search import Found, Sort


class OfferShown(Body):
    """The cheapest service there that fits what was asked for."""

    id: ServiceId
    code: str
    name: str
    duration_minutes: int
    price: Pesos
    price_without_national_taxes: Pesos
    currency: str


class FoundShown(Body):
    """One place of a provider, `distanceMetres` from the point asked for."""

    provider_id: ProviderId
    slug: str
    display_name: str
    place: PlaceCard
    distance_metres: int
    service: OfferShown

    @classmethod
    def of(cls, found: Found) -> Self:
        offer = found.offer
        return cls(
            provider_id=found.provider_id,
            slug=found.slug,
            display_name=found.display_name,
            place=PlaceCard.of(found.place),
            distance_metres=round(found.distance),
            service=OfferShown(
                id=offer.id,
                code=offer.code,
                name=offer.name,
                duration_minutes=offer.duration_minutes,
                price=offer.price.as_units(),
                price_without_national_taxes=offer.price.without_vat(offer.vat_bps).as_units(),
                currency=offer.price.currency,
            ),
        )


class FoundPage(Body):
    """One page of what is near."""

    items: tuple[FoundShown, ...]
    next_cursor: str | None

    @classmethod
    def of(cls, found: Sequence[Found], sort: Sort, limit: int) -> Self:
        more = search_cursor(sort, found[-1].position) if len(found) == limit else None
        return cls(items=tuple(FoundShown.of(one) for one in found), next_cursor=more)


class TermsShown(Body):
    """What people and things are called in this niche, singular, es-AR."""

    client: str
    provider: str
    appointment: str
    place: str


class TemplateShown(Body):
    """A service a new provider is offered to start from."""

    code: str
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    needs: tuple[str, ...]


class LicenceAsked(Body):
    """Whether a professional needs a licence before being listed, and what it is called."""

    required: bool
    name: str | None


class SearchBounds(Body):
    """In kilometres."""

    default_radius_km: float
    max_radius_km: float


class VerticalShown(Body):
    """The niche, for client apps."""

    id: str
    name: str
    terms: TermsShown
    services: tuple[TemplateShown, ...]
    texts: Mapping[str, str]
    licence: LicenceAsked
    search: SearchBounds

    @classmethod
    def of(cls, vertical: Vertical) -> Self:
        return cls(
            id=vertical.id,
            name=vertical.name,
            terms=TermsShown(**vertical.terms.model_dump()),
            services=tuple(TemplateShown(**one.model_dump()) for one in vertical.services),
            texts=vertical.texts,
            licence=LicenceAsked(**vertical.licence.model_dump()),
            search=SearchBounds(**vertical.search.model_dump()),
        )
