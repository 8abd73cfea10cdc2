"""What people read, word for word, in both verticals."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from services.notifications.tests.letters import letter

import notifications
from notifications.clients.texts import Texts
from notifications.domain.dossier import AT_A_PLACE, Place
from notifications.domain.letter import Visit
from notifications.domain.notification import Channel, Template
from notifications.domain.payment import Ticket

README = Path(__file__).parents[1] / "README.md"
TEMPLATES = Path(notifications.__file__).parent / "templates"
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
BARBER = ALIKE | {
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
    Template.CONFIRMED: f"Hola Ana, confirmamos tu turno de Corte con Barbería Don José para el {WHEN}, en {WHERE}. "
    f"¿No podés ir? Cancelá.{WITHDRAWABLE}",
    Template.REMINDER: f"Hola Ana, te recordamos tu turno de Corte con Barbería Don José el {WHEN}, en {WHERE}. "
    "¿No podés ir? Cancelá.",
    Template.RESCHEDULED: "Hola Ana, tu turno de Corte con Barbería Don José cambió de horario: "
    f"ahora es el {WHEN}, en {WHERE}. ¿No podés ir? Cancelá.",
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
    Template.CONFIRMED: f"Hola Ana, confirmamos tu sesión con Lic. Sofía Paz para el {WHEN}, en {WHERE}. "
    f"¿No podés ir? Cancelá con 24 h de anticipación.{WITHDRAWABLE}",
    Template.REMINDER: f"Hola Ana, te recordamos tu sesión con Lic. Sofía Paz el {WHEN}, en {WHERE}. "
    "¿No podés ir? Cancelá con 24 h de anticipación.",
    Template.RESCHEDULED: "Hola Ana, tu sesión con Lic. Sofía Paz cambió de horario: "
    f"ahora es el {WHEN}, en {WHERE}. ¿No podés ir? Cancelá con 24 h de anticipación.",
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
WITHDRAWABLE_MAIL = f"""\

Número de reserva: {NUMBER}

Si te arrepentís, tenés 10 días corridos desde que reservaste, mientras el servicio no se haya prestado: {LINK}
"""
CONFIRMED_MAIL = {
    "barber": """\
Hola Ana:

Confirmamos tu turno de Corte.

Cuándo: viernes 20 de noviembre a las 15:30 hs
Con: Barbería Don José
Barbería: San Martín 100, Córdoba

¿No podés ir? Cancelá.
""",
    "psychology": """\
Hola Ana:

Confirmamos tu sesión.

Cuándo: viernes 20 de noviembre a las 15:30 hs
Con: Lic. Sofía Paz
Consultorio: San Martín 100, Córdoba

¿No podés ir? Cancelá con 24 h de anticipación.
""",
}
SUBJECTS = {
    Template.CONFIRMED: "Confirmamos tu turno del viernes 20 de noviembre",
    Template.REMINDER: "Te recordamos tu turno del viernes 20 de noviembre",
    Template.RESCHEDULED: "Tu turno cambió de horario",
    Template.CANCELLED: "Se canceló tu turno del viernes 20 de noviembre",
    Template.REFUNDED: "Te devolvimos $3.000,50",
    Template.DISPUTE_OPENED: "Desconocieron un pago de $3.000,50",
    Template.DOCUMENTS_DUE: "Mandanos documentos por un pago de $3.000,50",
    Template.DISPUTE_WON: "Ganaste el reclamo por $3.000,50",
    Template.DISPUTE_LOST: "Perdiste el reclamo por $3.000,50",
    Template.CODE: "Tu código de verificación",
    Template.PAYOUT_SENT: "Te transferimos $3.000,50",
    Template.PAYOUT_FAILED: "No pudimos transferirte $3.000,50",
    Template.ACCOUNT_CHANGED: "Cambiaron los datos de tu cuenta para cobrar",
    Template.ACCOUNT_REFUSED: "No podemos transferirte a tu cuenta",
    Template.WITHDRAWAL_CODE: "Tu código para arrepentirte",
    Template.WITHDRAWN: "Recibimos tu arrepentimiento",
    Template.AT_PLACE: "Anotaron que pagaste $3.000,50 en el lugar",
    Template.AT_PLACE_VOIDED: "Anularon un pago de $3.000,50 en el lugar",
    Template.TICKET_TO_PAY: "Pagá $3.000,50 en Pago Fácil",
    Template.TRANSFER_TO_MAKE: "Transferí $3.000,50 por tu turno",
    Template.PAYMENT_RAN_OUT: "Se venció el plazo para pagar $3.000,50",
    Template.CREDIT_GRANTED: "Te dimos $3.000,50 de saldo a favor",
}


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts()


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize(("vertical", "golden"), [("barber", BARBER), ("psychology", PSYCHOLOGY)])
def test_a_whatsapp_reads_as_agreed(texts: Texts, template: Template, vertical: str, golden: dict[str, str]) -> None:
    assert texts.whatsapp(letter(template, vertical=vertical)).text == golden[template]


@pytest.mark.parametrize("vertical", ["barber", "psychology"])
def test_a_confirmation_mail_reads_as_agreed(texts: Texts, vertical: str) -> None:
    assert texts.email(letter(vertical=vertical)).text == CONFIRMED_MAIL[vertical] + WITHDRAWABLE_MAIL


@pytest.mark.parametrize("template", Template)
def test_a_mail_says_in_its_subject_what_it_is_about(texts: Texts, template: Template) -> None:
    assert texts.email(letter(template)).subject == SUBJECTS[template]


@pytest.mark.parametrize("template", Template)
def test_a_delicate_service_is_named_nowhere(texts: Texts, template: Template) -> None:
    mail = texts.email(letter(template, vertical="psychology"))
    said = mail.subject + mail.text + mail.html + texts.whatsapp(letter(template, vertical="psychology")).text
    assert "individual" not in said
    assert "Corte" not in said


@pytest.mark.parametrize("template", Template)
def test_every_template_can_be_approved(texts: Texts, template: Template) -> None:
    """WhatsApp wants no parameter at either end, none beside another, and takes 1,024 characters."""
    approved = texts.whatsapp(letter(template)).approved
    assert not re.search(r"^\{\{|\}\}$|\}\}\s*\{\{", approved)
    assert len(approved) < 1024


@pytest.mark.parametrize("template", Template)
def test_the_readme_says_what_to_have_approved(texts: Texts, template: Template) -> None:
    assert f"| `{template}` | {texts.whatsapp(letter(template)).approved} |" in README.read_text(encoding="utf-8")


def test_the_parameters_are_those_of_the_approved_text_in_order(texts: Texts) -> None:
    rendered = texts.whatsapp(letter())
    filled = rendered.approved
    for number, parameter in enumerate(rendered.parameters, 1):
        filled = filled.replace(f"{{{{{number}}}}}", parameter)
    assert filled == rendered.text
    assert rendered.parameters[0] == "Ana"


def test_a_long_link_of_a_ticket_is_whole_and_a_ticket_without_a_code_says_where_it_is(texts: Texts) -> None:
    told = letter(Template.TICKET_TO_PAY)
    assert told.payment is not None
    url = f"https://www.mercadopago.com/mla/payments/ticket/helper?hash={'a' * 300}"
    said = texts.whatsapp(replace(told, payment=replace(told.payment, ticket=Ticket("rapipago", url, None)))).text
    assert said.endswith(f"Tu cupón está en {url} y el código para la caja es el que figura ahí.")


def test_names_cannot_break_out_of_their_line_nor_into_the_html(texts: Texts) -> None:
    nasty = letter(name="<b>Ana</b>\r\nBcc: otra@example.com")
    mail = texts.email(nasty)
    assert "<b>" not in mail.html
    assert "&lt;b&gt;Ana&lt;/b&gt;" in mail.html
    assert "Bcc" not in mail.text
    assert texts.whatsapp(nasty).parameters[0] == "<b>Ana</b>"


def test_a_person_without_a_name_is_addressed_as_the_vertical_does(texts: Texts) -> None:
    assert texts.whatsapp(letter(name=" ")).text.startswith("Hola cliente, ")
    assert texts.whatsapp(letter(name="", vertical="psychology")).text.startswith("Hola paciente, ")


def test_a_place_with_a_name_of_its_own_is_named(texts: Texts) -> None:
    told = letter()
    assert told.visit is not None
    visit = Visit(told.visit.booking, "Don José", Place("Sucursal Centro", "San Martín 100", "Córdoba"), "Corte")
    assert ", en Sucursal Centro, San Martín 100, Córdoba. " in texts.whatsapp(letter(visit=visit)).text


def test_an_endless_name_is_cut(texts: Texts) -> None:
    assert texts.whatsapp(letter(name=f"{'A' * 81} Canario")).parameters[0] == f"{'A' * 39}…"
    assert texts.whatsapp(letter(name=f"{'A' * 40} Canario")).parameters[0] == "A" * 40


def test_an_endless_trade_name_is_cut(texts: Texts) -> None:
    told = letter()
    assert told.visit is not None
    visit = replace(told.visit, provider_name="B" * 5000)
    assert len(texts.whatsapp(letter(visit=visit)).parameters[2]) == 200


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("channel", Channel)
def test_the_templates_that_name_a_place_are_those_that_wait_for_one(template: Template, channel: Channel) -> None:
    written = (TEMPLATES / channel / f"{template}.txt").read_text()
    assert ("{{ where }}" in written) == (template in AT_A_PLACE)


def test_a_letter_without_a_place_cannot_be_written_where_its_template_names_one(texts: Texts) -> None:
    told = letter()
    assert told.visit is not None
    nowhere = replace(told.visit, place=None)
    assert texts.whatsapp(letter(Template.CANCELLED, visit=nowhere)).text.startswith("Hola Ana, se canceló")
    with pytest.raises(UndefinedError):
        texts.whatsapp(letter(visit=nowhere))
