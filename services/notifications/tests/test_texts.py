"""What people read, word for word, in both verticals."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from services.notifications.tests.letters import letter
from services.notifications.tests.said import BARBER, LINK, NUMBER, PSYCHOLOGY

import notifications
from notifications.clients.texts import Texts
from notifications.domain.dossier import AT_A_PLACE, Place
from notifications.domain.letter import Visit
from notifications.domain.notification import Channel, Template
from notifications.domain.payment import Ticket

README = Path(__file__).parents[1] / "README.md"
TEMPLATES = Path(notifications.__file__).parent / "templates"
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
    Template.REQUESTED: "Te pidieron un horario: viernes 20 de noviembre",
    Template.APPROVED: "Aceptaron tu turno: pagá $3.000,50",
    Template.OFFERED: "Se liberó un lugar para tu turno: viernes 20 de noviembre",
    Template.DECLINED: "No aceptaron tu turno del viernes 20 de noviembre",
    Template.UNANSWERED: "Sin respuesta: tu turno del viernes 20 de noviembre",
    Template.CONFIRMED: "Confirmamos tu turno del viernes 20 de noviembre",
    Template.REMINDER: "Te recordamos tu turno del viernes 20 de noviembre",
    Template.RESCHEDULED: "Tu turno cambió de horario",
    Template.CANCELLED: "Se canceló tu turno del viernes 20 de noviembre",
    Template.BELOW_MINIMUM: "No se llegó al mínimo: tu turno del viernes 20 de noviembre",
    Template.TO_PAY_NEXT: "Pagá $3.000,50 para mantener tu turno",
    Template.SERIES_CONFIRMED: "Confirmamos 12 fechas desde el viernes 20 de noviembre",
    Template.SERIES_RESCHEDULED: "Cambiaron de horario 12 fechas de tu turno",
    Template.SERIES_CANCELLED: "Se cancelaron 12 fechas de tu turno",
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
