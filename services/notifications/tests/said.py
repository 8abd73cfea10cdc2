"""What WhatsApp's templates say to Ana, word for word, in both verticals."""

from notifications.domain.notification import Template

WHEN = "viernes 20 de noviembre a las 15:30 hs"
WHERE = "San Martín 100, Córdoba"
ALIKE = {
    Template.PAYOUT_SENT: "Hola Ana, te transferimos $3.000,50 de tus ingresos a tu cuenta. "
    "Podés ver el detalle en tu panel.",
    Template.PAYOUT_FAILED: "Hola Ana, no pudimos dejar $3.000,50 en tu cuenta, así que siguen a tu favor. "
    "Revisá en tu panel los datos de la cuenta donde cobrás.",
    Template.ACCOUNT_CHANGED: "Hola Ana, cambiaron los datos de la cuenta donde cobrás tus ingresos. "
    "Si no fuiste vos, cambiá tu contraseña y escribinos ya.",
    Template.ACCOUNT_REFUSED: "Hola Ana, no podemos transferirte a la cuenta que cargaste para cobrar. "
    "Revisá en tu panel que esté activa, en pesos y a nombre del CUIT que indicaste.",
    Template.CREDIT_GRANTED: "Hola Ana, te dimos $3.000,50 de saldo a favor. "
    "Elegilo al pagar tu próxima reserva: sirve cuando alcanza para pagarla toda.",
}
NUMBER = "01930000-0000-7000-8000-000000000001"
LINK = f"https://barberpro.com.ar/arrepentimiento?reserva={NUMBER}"
WITHDRAWABLE = (
    f" Tu número de reserva es {NUMBER}. Si te arrepentís, tenés 10 días corridos desde que reservaste: "
    f"entrá en {LINK} y pedilo."
)
UNTIL = "lunes 30 de noviembre a las 15:30 hs"
COUPON = (
    "Tu cupón está en https://www.mercadopago.com/mla/payments/ticket/helper?payment_id=1 "
    "y el código para la caja es 8412905537."
)
STOP = "Si ya pagaste, no tenés que hacer nada. Si no, ya no pagues con esos datos."
ACCOUNT = (
    "El CBU es 2850590940090418135201 y el alias, barberpro.cobros. "
    "Mandá el importe exacto y escribí BP7K2M9QXA en el concepto: así sabemos que es tuyo."
)
OFFER = (
    f"Te lo guardamos hasta el {UNTIL}. Para quedártelo, entrá en tus reservas y aceptalo o, si lleva pago por "
    "adelantado, pagalo. Si no lo querés, rechazalo ahí mismo y se lo ofrecemos a quien sigue."
)
BARBER = ALIKE | {
    Template.TO_PAY_NEXT: f"Hola Ana, tu turno de Corte con Barbería Don José del {WHEN} se paga antes: "
    f"pagá $3.000,50 hasta el {UNTIL}. Si no, el horario se libera.",
    Template.SERIES_CONFIRMED: f"Hola Ana, confirmamos 12 fechas de tu turno de Corte con Barbería Don José, "
    f"desde el {WHEN}, en {WHERE}. ¿No podés ir a alguna? Cancelá.{WITHDRAWABLE}",
    Template.SERIES_RESCHEDULED: "Hola Ana, 12 fechas de tu turno de Corte con Barbería Don José cambiaron "
    f"de horario: ahora son desde el {WHEN}, en {WHERE}. ¿No podés ir a alguna? Cancelá.",
    Template.SERIES_CANCELLED: "Hola Ana, se cancelaron 12 fechas de tu turno de Corte con Barbería Don José, "
    f"desde el {WHEN}. Si corresponde una devolución, te avisamos apenas la hagamos.",
    Template.OFFERED: f"Hola Ana, se liberó un lugar para tu turno de Corte con Barbería Don José el {WHEN}. {OFFER}",
    Template.TICKET_TO_PAY: f"Hola Ana, pagá $3.000,50 en Pago Fácil por tu turno de Corte con Barbería Don José "
    f"del {WHEN}. Tenés tiempo hasta el {UNTIL}. {COUPON}",
    Template.TRANSFER_TO_MAKE: f"Hola Ana, transferí $3.000,50 por tu turno de Corte con Barbería Don José "
    f"del {WHEN}. Tenés tiempo hasta el {UNTIL}. {ACCOUNT}",
    Template.PAYMENT_RAN_OUT: f"Hola Ana, se venció el plazo para pagar $3.000,50 "
    f"por tu turno de Corte con Barbería Don José del {WHEN}. {STOP}",
    Template.AT_PLACE: "Hola Ana, Barbería Don José anotó que pagaste $3.000,50 en el lugar "
    f"por tu turno de Corte del {WHEN}. Si no es así, escribinos.",
    Template.AT_PLACE_VOIDED: "Hola Ana, Barbería Don José anuló lo que había anotado: "
    f"que pagaste $3.000,50 en el lugar por tu turno de Corte del {WHEN}. Si no es así, escribinos.",
    Template.REQUESTED: f"Hola Ana, tenés un pedido nuevo: turno de Corte para el {WHEN}. "
    f"Aceptalo o rechazalo en tu panel hasta el {UNTIL}. Si no respondés, el horario se libera.",
    Template.APPROVED: f"Hola Ana, Barbería Don José aceptó tu turno de Corte del {WHEN}. "
    f"Para confirmar tu lugar, pagá $3.000,50 hasta el {UNTIL}. Si no, el horario se libera.",
    Template.DECLINED: f"Hola Ana, Barbería Don José no pudo aceptar tu turno de Corte del {WHEN}. "
    "No te cobramos nada. Podés elegir otro horario.",
    Template.UNANSWERED: f"Hola Ana, Barbería Don José no respondió a tiempo y tu turno de Corte del {WHEN} "
    "quedó sin efecto. No te cobramos nada. Podés elegir otro horario.",
    Template.CONFIRMED: f"Hola Ana, confirmamos tu turno de Corte con Barbería Don José para el {WHEN}, en {WHERE}. "
    f"¿No podés ir? Cancelá.{WITHDRAWABLE}",
    Template.REMINDER: f"Hola Ana, te recordamos tu turno de Corte con Barbería Don José el {WHEN}, en {WHERE}. "
    "¿No podés ir? Cancelá.",
    Template.RESCHEDULED: "Hola Ana, tu turno de Corte con Barbería Don José cambió de horario: "
    f"ahora es el {WHEN}, en {WHERE}. ¿No podés ir? Cancelá.",
    Template.BELOW_MINIMUM: "Hola Ana, no se llegó al mínimo de inscriptos y se canceló tu turno de Corte "
    f"con Barbería Don José del {WHEN}. Si pagaste, te devolvemos todo y te avisamos apenas lo hagamos.",
    Template.CANCELLED: f"Hola Ana, se canceló tu turno de Corte con Barbería Don José del {WHEN}. "
    "Si corresponde una devolución, te avisamos apenas la hagamos.",
    Template.REFUNDED: f"Hola Ana, te devolvimos $3.000,50 por tu turno de Corte con Barbería Don José del {WHEN}. "
    "Según tu medio de pago, lo ves enseguida o en unos días.",
    Template.DISPUTE_OPENED: f"Hola Ana, desconocieron un pago de $3.000,50 (turno de Corte del {WHEN}). "
    "MercadoPago retiene la plata hasta que se decida. Por ahora no tenés que mandar nada.",
    Template.DOCUMENTS_DUE: f"Hola Ana, desconocieron un pago de $3.000,50 (turno de Corte del {WHEN}). "
    "Tenés tiempo hasta el lunes 30 de noviembre a las 15:30 hs para mandarnos lo que muestre que el servicio se hizo: "
    "mensajes, fotos o comprobantes, en PDF, PNG o JPG.",
    Template.DISPUTE_WON: "Hola Ana, se resolvió a tu favor el reclamo por un pago de $3.000,50 "
    f"(turno de Corte del {WHEN}). El pago queda como antes del reclamo.",
    Template.DISPUTE_LOST: "Hola Ana, se resolvió en tu contra el reclamo por un pago de $3.000,50 "
    f"(turno de Corte del {WHEN}). MercadoPago le devolvió la plata a quien pagó y la descontamos de tu saldo.",
    Template.CODE: "Tu código de verificación es 482913. Por tu seguridad, no lo compartas.",
    Template.WITHDRAWAL_CODE: "Tu código para arrepentirte de tu reserva es 482913. Por tu seguridad, no lo compartas.",
    Template.WITHDRAWN: "Hola Ana, recibimos tu arrepentimiento por tu turno de Corte con Barbería Don José "
    f"del {WHEN}. Tu código de seguimiento es ARR-ABC234: guardalo. "
    "Cancelamos la reserva y te devolvemos todo lo que pagaste, por el mismo medio.",
}
PSYCHOLOGY = ALIKE | {
    Template.TO_PAY_NEXT: f"Hola Ana, tu sesión con Lic. Sofía Paz del {WHEN} se paga antes: "
    f"pagá $3.000,50 hasta el {UNTIL}. Si no, el horario se libera.",
    Template.SERIES_CONFIRMED: f"Hola Ana, confirmamos 12 fechas de tu sesión con Lic. Sofía Paz, desde el {WHEN}, "
    f"en {WHERE}. ¿No podés ir a alguna? Cancelá con 24 h de anticipación.{WITHDRAWABLE}",
    Template.SERIES_RESCHEDULED: f"Hola Ana, 12 fechas de tu sesión con Lic. Sofía Paz cambiaron de horario: "
    f"ahora son desde el {WHEN}, en {WHERE}. ¿No podés ir a alguna? Cancelá con 24 h de anticipación.",
    Template.SERIES_CANCELLED: f"Hola Ana, se cancelaron 12 fechas de tu sesión con Lic. Sofía Paz, desde el {WHEN}. "
    "Si corresponde una devolución, te avisamos apenas la hagamos.",
    Template.OFFERED: f"Hola Ana, se liberó un lugar para tu sesión con Lic. Sofía Paz el {WHEN}. {OFFER}",
    Template.TICKET_TO_PAY: f"Hola Ana, pagá $3.000,50 en Pago Fácil por tu sesión con Lic. Sofía Paz "
    f"del {WHEN}. Tenés tiempo hasta el {UNTIL}. {COUPON}",
    Template.TRANSFER_TO_MAKE: f"Hola Ana, transferí $3.000,50 por tu sesión con Lic. Sofía Paz "
    f"del {WHEN}. Tenés tiempo hasta el {UNTIL}. {ACCOUNT}",
    Template.PAYMENT_RAN_OUT: f"Hola Ana, se venció el plazo para pagar $3.000,50 "
    f"por tu sesión con Lic. Sofía Paz del {WHEN}. {STOP}",
    Template.AT_PLACE: f"Hola Ana, Lic. Sofía Paz anotó que pagaste $3.000,50 en el lugar por tu sesión del {WHEN}. "
    "Si no es así, escribinos.",
    Template.AT_PLACE_VOIDED: "Hola Ana, Lic. Sofía Paz anuló lo que había anotado: que pagaste $3.000,50 en el lugar "
    f"por tu sesión del {WHEN}. Si no es así, escribinos.",
    Template.REQUESTED: f"Hola Ana, tenés un pedido nuevo: sesión para el {WHEN}. "
    f"Aceptalo o rechazalo en tu panel hasta el {UNTIL}. Si no respondés, el horario se libera.",
    Template.APPROVED: f"Hola Ana, Lic. Sofía Paz aceptó tu sesión del {WHEN}. "
    f"Para confirmar tu lugar, pagá $3.000,50 hasta el {UNTIL}. Si no, el horario se libera.",
    Template.DECLINED: f"Hola Ana, Lic. Sofía Paz no pudo aceptar tu sesión del {WHEN}. "
    "No te cobramos nada. Podés elegir otro horario.",
    Template.UNANSWERED: f"Hola Ana, Lic. Sofía Paz no respondió a tiempo y tu sesión del {WHEN} quedó sin efecto. "
    "No te cobramos nada. Podés elegir otro horario.",
    Template.CONFIRMED: f"Hola Ana, confirmamos tu sesión con Lic. Sofía Paz para el {WHEN}, en {WHERE}. "
    f"¿No podés ir? Cancelá con 24 h de anticipación.{WITHDRAWABLE}",
    Template.REMINDER: f"Hola Ana, te recordamos tu sesión con Lic. Sofía Paz el {WHEN}, en {WHERE}. "
    "¿No podés ir? Cancelá con 24 h de anticipación.",
    Template.RESCHEDULED: "Hola Ana, tu sesión con Lic. Sofía Paz cambió de horario: "
    f"ahora es el {WHEN}, en {WHERE}. ¿No podés ir? Cancelá con 24 h de anticipación.",
    Template.BELOW_MINIMUM: "Hola Ana, no se llegó al mínimo de inscriptos y se canceló tu sesión "
    f"con Lic. Sofía Paz del {WHEN}. Si pagaste, te devolvemos todo y te avisamos apenas lo hagamos.",
    Template.CANCELLED: f"Hola Ana, se canceló tu sesión con Lic. Sofía Paz del {WHEN}. "
    "Si corresponde una devolución, te avisamos apenas la hagamos.",
    Template.REFUNDED: f"Hola Ana, te devolvimos $3.000,50 por tu sesión con Lic. Sofía Paz del {WHEN}. "
    "Según tu medio de pago, lo ves enseguida o en unos días.",
    Template.DISPUTE_OPENED: f"Hola Ana, desconocieron un pago de $3.000,50 (sesión del {WHEN}). "
    "MercadoPago retiene la plata hasta que se decida. Por ahora no tenés que mandar nada.",
    Template.DOCUMENTS_DUE: f"Hola Ana, desconocieron un pago de $3.000,50 (sesión del {WHEN}). "
    "Tenés tiempo hasta el lunes 30 de noviembre a las 15:30 hs para mandarnos lo que muestre que el servicio se hizo: "
    "mensajes, fotos o comprobantes, en PDF, PNG o JPG.",
    Template.DISPUTE_WON: "Hola Ana, se resolvió a tu favor el reclamo por un pago de $3.000,50 "
    f"(sesión del {WHEN}). El pago queda como antes del reclamo.",
    Template.DISPUTE_LOST: "Hola Ana, se resolvió en tu contra el reclamo por un pago de $3.000,50 "
    f"(sesión del {WHEN}). MercadoPago le devolvió la plata a quien pagó y la descontamos de tu saldo.",
    Template.CODE: "Tu código de verificación es 482913. Por tu seguridad, no lo compartas.",
    Template.WITHDRAWAL_CODE: "Tu código para arrepentirte de tu reserva es 482913. Por tu seguridad, no lo compartas.",
    Template.WITHDRAWN: f"Hola Ana, recibimos tu arrepentimiento por tu sesión con Lic. Sofía Paz del {WHEN}. "
    "Tu código de seguimiento es ARR-ABC234: guardalo. "
    "Cancelamos la reserva y te devolvemos todo lo que pagaste, por el mismo medio.",
}
