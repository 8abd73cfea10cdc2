"""HTTP in: translate, nothing more. The refusals of this service and what a client is told of each."""

from typing import Final

from common.errors import Answer, RefusalTable
from providers.api import holidays, hours, places, profiles, search, services
from providers.domain.absence import AbsenceMisfit, AbsenceOver, AttendsNowhere
from providers.domain.closing import NoHoliday, SpanMisfit
from providers.domain.conflicts import BookingsInTheWay
from providers.domain.naming import CodeNeeded, SlugNeeded, SlugTaken
from providers.domain.parts import LimitReached, OutsideArgentina
from providers.domain.provider import (
    LicenceKnown,
    LicenceMissing,
    ProviderSuspended,
    StaffNotAtPlace,
    UnknownPlace,
    UnknownStaff,
)
from providers.domain.provinces import UnknownZone
from providers.domain.schedule import EndsBeforeStart, OverlappingHours, RepeatedDay
from providers.domain.search import RadiusTooLarge
from providers.domain.service import DepositAbovePrice, InvalidDeposit
from providers.domain.terms import PricesOutOfOrder, SegmentsMisfit

ROUTERS: Final = (search.router, profiles.router, places.router, hours.router, holidays.router, services.router)

REFUSALS: Final[RefusalTable] = {
    SlugTaken: Answer(409, "Esa dirección ya la usa otro perfil. Elegí otra."),
    SlugNeeded: Answer(422, "Con ese nombre no podemos armar la dirección de tu perfil. Elegí una."),
    CodeNeeded: Answer(422, "Con ese nombre no podemos armar el código del servicio. Elegí uno."),
    LimitReached: Answer(409, "Llegaste al máximo permitido."),
    OutsideArgentina: Answer(422, "Ese punto no está en Argentina. Fijate si no diste vuelta latitud y longitud."),
    UnknownZone: Answer(422, "No conocemos esa zona horaria."),
    UnknownPlace: Answer(422, "Alguno de los lugares no es de este perfil."),
    UnknownStaff: Answer(422, "Alguna de las personas no es de este equipo."),
    StaffNotAtPlace: Answer(422, "Esa persona no atiende en ese lugar."),
    EndsBeforeStart: Answer(422, "El horario tiene que terminar después de empezar."),
    OverlappingHours: Answer(422, "Hay horarios que se superponen."),
    RepeatedDay: Answer(422, "Una misma fecha está dos veces."),
    AbsenceMisfit: Answer(422, "La ausencia tiene que terminar después de empezar y durar como mucho 400 días."),
    AbsenceOver: Answer(422, "Ese período ya pasó."),
    AttendsNowhere: Answer(422, "Esa persona no atiende en ningún lugar."),
    BookingsInTheWay: Answer(409, "Hay turnos reservados que quedarían afuera. Movelos primero o confirmá el cambio."),
    NoHoliday: Answer(422, "Ese día no es feriado en la provincia de ese lugar."),
    SpanMisfit: Answer(422, "El período tiene que terminar después de empezar y ser de 400 días como mucho."),
    SegmentsMisfit: Answer(
        422, "Los tramos tienen que sumar la duración, y en el primero y en el último hay que atender."
    ),
    PricesOutOfOrder: Answer(422, "Los precios futuros van por fecha, de la más cercana a la más lejana."),
    InvalidDeposit: Answer(422, "Revisá la seña: el valor no corresponde a ese tipo."),
    DepositAbovePrice: Answer(422, "La seña no puede superar el precio, ni los que vienen."),
    LicenceMissing: Answer(409, "Todavía no hay una matrícula para verificar."),
    LicenceKnown: Answer(409, "Esa matrícula ya está cargada."),
    ProviderSuspended: Answer(409, "El perfil está suspendido."),
    RadiusTooLarge: Answer(422, "Buscá en un radio más chico."),
}
