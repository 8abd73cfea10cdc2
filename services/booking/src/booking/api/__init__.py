"""HTTP in: translate, nothing more. The refusals of this service and what a client is told of each."""

from typing import Final

from booking.api import availability, bookings, life, links, series, sessions, waitlist
from booking.domain import refusals
from common.errors import Answer, RefusalTable

ROUTERS: Final = (
    availability.router,
    bookings.router,
    life.router,
    links.router,
    series.router,
    sessions.router,
    waitlist.router,
)

REFUSALS: Final[RefusalTable] = {
    refusals.VerticalPaused: Answer(503, "Por el momento no tomamos reservas nuevas. Probá de nuevo en unos minutos."),
    refusals.SlotTaken: Answer(409, "Ese horario se acaba de ocupar. Elegí otro."),
    refusals.DayFull: Answer(409, "Ese día ya no quedan turnos de ese servicio para vos. Elegí otro día."),
    refusals.SlotNotOffered: Answer(422, "En ese horario no se atiende. Elegí uno de los horarios disponibles."),
    refusals.SlotInPast: Answer(422, "Ese horario ya pasó. Elegí uno más adelante."),
    refusals.TooLittleNotice: Answer(422, "Ese horario está muy cerca. Elegí uno con más anticipación."),
    refusals.BeyondHorizon: Answer(422, "Todavía no se puede reservar para esa fecha."),
    refusals.NotOffered: Answer(409, "Ese servicio no está disponible por ahora."),
    refusals.TooManyHolds: Answer(
        409, "Tenés reservas sin pagar o sin respuesta. Pagalas o cancelalas antes de reservar otra."
    ),
    refusals.AlreadyOver: Answer(409, "Esta reserva ya no se puede modificar."),
    refusals.NotConfirmed: Answer(409, "Esta reserva todavía no está confirmada."),
    refusals.AlreadyArrived: Answer(409, "Quien reservó ya llegó, así que esto ya no se puede hacer."),
    refusals.NotPending: Answer(409, "Esta reserva ya no espera tu respuesta."),
    refusals.MovedMeanwhile: Answer(
        409, "Quien reservó cambió el horario mientras tanto. Mirá el nuevo y volvé a responder."
    ),
    refusals.TooLateToApprove: Answer(
        409, "El turno empieza en minutos y ya no hay tiempo para pagar la seña. Proponé otro horario o rechazalo."
    ),
    refusals.TooEarlyToCheckIn: Answer(409, "Todavía es temprano: se puede anunciar desde dos horas antes."),
    refusals.TooManyMoves: Answer(409, "Ya cambiaste esta reserva todas las veces que se puede."),
    refusals.TooLateToMove: Answer(409, "Tu turno está muy cerca y ya no se puede cambiar de horario."),
    refusals.NotYet: Answer(409, "El turno todavía no empezó."),
    refusals.HalfAnAgenda: Answer(422, "Para ver la agenda indicá el profesional y la fecha."),
    refusals.InvalidRule: Answer(
        422, "No entendemos cada cuánto se repite: usá una regla semanal o mensual que empiece en el primer turno."
    ),
    refusals.SeriesTooLong: Answer(422, "Una serie puede tener hasta 52 turnos, en no más de dos años."),
    refusals.SeriesConflicts: Answer(409, "Algunos turnos de la serie no están disponibles. Mirá cuáles y elegí."),
    refusals.StandsWithFirst: Answer(409, "Esta fecha depende de la primera de su serie."),
    refusals.SeriesOver: Answer(409, "De esta serie ya no queda nada para modificar."),
    refusals.SessionFull: Answer(409, "Ya no quedan lugares en ese grupo. Elegí otro."),
    refusals.SeatHeld: Answer(409, "Ya tenés un lugar en ese grupo."),
    refusals.SessionOver: Answer(409, "Ese grupo ya empezó o se canceló."),
    refusals.SeatStays: Answer(409, "Un lugar en un grupo no se puede cambiar de horario. Cancelalo y tomá otro."),
    refusals.DecidedTooSoon: Answer(422, "Nadie llegaría a anotarse antes de que se decida. Elegí menos horas."),
    refusals.SessionsOfWhom: Answer(422, "Para ver los grupos indicá el profesional o el servicio, uno solo."),
    refusals.RangeTooLong: Answer(422, "Pedí como máximo 62 días por vez."),
    refusals.RangeReversed: Answer(422, "La fecha de fin no puede ser anterior a la de inicio."),
    refusals.RangeInPast: Answer(422, "Pedí desde hoy en adelante: para los días que pasaron ya no se reserva."),
    refusals.PaymentDue: Answer(409, "Para quedarte con este turno tenés que pagarlo."),
    refusals.TooManyWaits: Answer(409, "Ya estás en todas las listas de espera que se puede. Salí de una antes."),
    refusals.AlreadyWaiting: Answer(409, "Ya estás en la lista de espera para ese mismo horario."),
    refusals.WindowTooShort: Answer(422, "En ese rato no entra lo que querés reservar. Elegí uno más largo."),
}
