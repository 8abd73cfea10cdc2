"""`/arrepentimiento`, as a browser without scripts uses it."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from services.payments.tests.builders import Road
from services.payments.tests.withdrawing import EMAIL, ana

from contracts.ids import new_id

PAGE = "/arrepentimiento"


class Read(HTMLParser):
    """What stands on a page: elements by their id, labels by what they are for, forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.labels: set[str] = set()
        self.actions: list[str] = []
        self.hidden: dict[str, str] = {}
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.by_id |= {found["id"] or "": found} if "id" in found else {}
        self.labels |= {found["for"] or ""} if tag == "label" else set()
        self.actions += [found["action"] or ""] if tag == "form" else []
        self.links += [found["href"] or ""] if tag == "a" else []
        if found.get("type") == "hidden":
            self.hidden[found["name"] or ""] = found["value"] or ""


async def post(road: Road, path: str, **fields: str) -> httpx.Response:
    return await road.http.post(path, data=fields)


async def test_the_page_is_spanish_labelled_and_loads_nothing(road: Road) -> None:
    shown = await road.http.get(PAGE)
    read = Read(shown.text)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert shown.text.startswith('<!doctype html><html lang="es-AR">')
    assert read.labels == {"reserva", "contacto"} <= read.by_id.keys()
    assert "script" not in read.tags
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert len(shown.content) < 4096


async def test_the_link_of_the_confirmation_fills_the_number_in(road: Road) -> None:
    number = str(new_id())
    read = Read((await road.http.get(PAGE, params={"reserva": number})).text)
    assert (read.by_id["reserva"]["value"], read.by_id["contacto"]["value"]) == (number, "")


@pytest.mark.parametrize("reserva", ["1", '"><script>alert(1)</script>', "x" * 3000, "\x00"])
async def test_what_is_no_number_is_not_filled_in(road: Road, reserva: str) -> None:
    shown = await road.http.get(PAGE, params={"reserva": reserva})
    assert (shown.status_code, Read(shown.text).by_id["reserva"]["value"]) == (200, "")
    assert "alert(1)" not in shown.text


async def test_a_bad_field_is_told_beside_it_and_what_was_typed_stays(road: Road) -> None:
    shown = await post(road, PAGE, reserva='"><script>alert(1)</script>', contacto=EMAIL)
    read = Read(shown.text)
    assert shown.status_code == 422
    assert "script" not in read.tags
    assert read.by_id["reserva"]["value"] == '"><script>alert(1)</script>'
    assert read.by_id["reserva"]["aria-invalid"] == "true"
    assert read.by_id["reserva"]["aria-describedby"] == "reserva-error"
    assert "reserva-error" in read.by_id
    assert (read.by_id["contacto"]["value"], "contacto-error" in read.by_id) == (EMAIL, False)


async def test_both_fields_may_be_bad(road: Road) -> None:
    read = Read((await post(road, PAGE)).text)
    assert {"reserva-error", "contacto-error"} <= read.by_id.keys()
    assert read.by_id["contacto"]["aria-describedby"] == "contacto-hint contacto-error"


async def test_the_way_through_the_page(road: Road) -> None:
    her = await ana(road)
    told = await post(road, PAGE, reserva=str(her.booked.id), contacto=EMAIL)
    read = Read(told.text)
    assert told.status_code == 202
    (action,) = read.actions
    tracking = read.hidden["seguimiento"]
    assert re.search(rf"<code>{tracking}</code>", told.text)
    code = await her.code({"id": action.rpartition("/")[2]})
    assert code is not None
    bad = await post(road, action, codigo="12", seguimiento=tracking)
    assert (bad.status_code, Read(bad.text).hidden["seguimiento"]) == (422, tracking)
    wrong = await post(road, action, codigo="000000" if code != "000000" else "000001", seguimiento=tracking)
    assert wrong.status_code == 409
    assert "Intentos que te quedan: 4." in wrong.text
    done = await post(road, action, codigo=code, seguimiento=tracking)
    assert done.status_code == 200
    assert "Recibimos tu arrepentimiento" in done.text
    assert tracking in done.text


async def test_who_comes_back_to_a_steps_address_is_shown_the_first_step(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    for path in (asked["id"], str(new_id()), "no-id", f"{asked['id']}?trackingCode=ARR-ZZZZZZ", "x?trackingCode=%00"):
        shown = await road.http.get(f"{PAGE}/{path}")
        assert (shown.status_code, shown.content) == (200, (await road.http.get(PAGE)).content)


async def test_the_page_links_to_how_far_it_is(road: Road) -> None:
    her = await ana(road, paid=False)
    told = await post(road, PAGE, reserva=str(her.booked.id), contacto=EMAIL)
    (state,) = Read(told.text).links
    assert "falta el código de seis números" in (await road.http.get(state)).text
    (action,) = Read(told.text).actions
    code = await her.code({"id": action.rpartition("/")[2]}) or ""
    assert Read((await post(road, action, codigo=code)).text).links == [state]
    await her.cancelled()
    await her.settle()
    done = await road.http.get(state)
    assert (done.status_code, "ya devolvimos todo" in done.text) == (200, True)


async def test_why_a_withdrawal_was_refused_is_shown_again(road: Road) -> None:
    her = await ana(road)
    told = await post(road, PAGE, reserva=str(her.booked.id), contacto=EMAIL)
    (state,), (action,) = Read(told.text).links, Read(told.text).actions
    code = await her.code({"id": action.rpartition("/")[2]}) or ""
    await her.completes()
    await post(road, action, codigo=code)
    assert "El servicio ya se prestó" in (await road.http.get(state)).text


async def test_a_stranger_sees_the_same_page(road: Road) -> None:
    her = await ana(road)
    pages = [
        await post(road, PAGE, reserva=str(booking), contacto=contact)
        for booking, contact in ((her.booked.id, EMAIL), (her.booked.id, "otra@example.com"), (new_id(), EMAIL))
    ]
    plain = [re.sub(r"ARR-[A-Z2-9]{6}|[0-9a-f-]{36}", "*", page.text) for page in pages]
    assert plain == [plain[0]] * 3
    assert [page.status_code for page in pages] == [202] * 3


async def test_what_the_law_refuses_is_said(road: Road) -> None:
    her = await ana(road)
    told = await post(road, PAGE, reserva=str(her.booked.id), contacto=EMAIL)
    (action,) = Read(told.text).actions
    code = await her.code({"id": action.rpartition("/")[2]}) or ""
    await her.completes()
    refused = await post(road, action, codigo=code)
    assert refused.status_code == 409
    assert "El servicio ya se prestó" in refused.text


async def test_too_many_requests_are_said_on_the_page(road: Road) -> None:
    her = await ana(road)
    statuses = [(await post(road, PAGE, reserva=str(her.booked.id), contacto=EMAIL)).status_code for _ in range(4)]
    assert statuses == [202, 202, 202, 429]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/01930000-0000-7000-8000-000000000001"])
async def test_a_body_that_is_too_large_is_refused(road: Road, path: str) -> None:
    assert (await post(road, path, reserva="x" * 5000)).status_code == 413


@pytest.mark.parametrize("body", [b"", b"&".join([b"reserva=1"] * 300), b"reserva=%ff%00&contacto=\xff\x00", b"=&=&"])
async def test_a_body_that_is_no_form_is_no_error_of_ours(road: Road, body: bytes) -> None:
    assert (await road.http.post(PAGE, content=body)).status_code == 422
