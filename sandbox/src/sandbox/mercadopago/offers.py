"""What MercadoPago demands of a preference before it takes it."""

from sandbox import clock
from sandbox.mercadopago.errors import MercadoPagoError
from sandbox.mercadopago.gate import JsonObject
from sandbox.money import MAX_MINOR, BadAmountError, to_minor

_DATES = ("expiration_date_from", "expiration_date_to", "date_of_expiration")


def check(body: JsonObject) -> None:
    """Raises MercadoPagoError 400 (`invalid_items`, `invalid_back_urls`, ...) for a body it would refuse."""
    _check_items(body.get("items"))
    _check_addresses(body)
    _check_methods(body.get("payment_methods"))
    for name in _DATES:
        if body.get(name) is not None:
            _check_date(body[name], name)
    reference = body.get("external_reference")
    if reference is not None and (not isinstance(reference, str) or len(reference) > 256):
        raise _refused("invalid_external_reference", "external_reference invalid")
    for name in ("expires", "binary_mode"):
        if not isinstance(body.get(name, False), bool):
            raise _refused(f"invalid_{name}", f"{name} must be boolean")


def total_minor(items: list[JsonObject]) -> int:
    """What the items cost together, in centavos."""
    return sum(to_minor(item["unit_price"]) * int(item["quantity"]) for item in items)


def _check_items(items: object) -> None:
    if not isinstance(items, list) or not items or len(items) > 100:
        raise _refused("invalid_items", "items needed")
    for item in items:
        if not isinstance(item, dict):
            raise _refused("invalid_items", "items needed")
        _check_item(item)
    if total_minor(items) > MAX_MINOR:
        raise _refused("invalid_items", "unit_price invalid")


def _check_item(item: JsonObject) -> None:
    quantity = item.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 0 < quantity <= 10_000:
        raise _refused("invalid_items", "quantity invalid")
    try:
        price = to_minor(item.get("unit_price"))
    except BadAmountError as error:
        raise _refused("invalid_items", "unit_price invalid") from error
    if price <= 0:
        raise _refused("invalid_items", "unit_price invalid")
    if item.get("currency_id", "ARS") != "ARS":
        raise _refused("invalid_items", "currency_id invalid")
    if not isinstance(item.get("title", ""), str):
        raise _refused("invalid_items", "title invalid")


def _check_addresses(body: JsonObject) -> None:
    urls = body.get("back_urls") or {}
    if not isinstance(urls, dict) or not all(_is_url(url) for url in urls.values() if url):
        raise _refused("invalid_back_urls", "back_urls invalid. Wrong format")
    if body.get("auto_return") and not urls.get("success"):
        raise _refused("invalid_auto_return", "auto_return invalid. back_url.success must be defined")
    if body.get("notification_url") and not _is_url(body["notification_url"]):
        raise _refused("invalid_notification_url", "notification_url invalid")


def _check_methods(rules: object) -> None:
    if rules is None:
        return
    if not isinstance(rules, dict):
        raise _refused("invalid_payment_methods", "payment_methods invalid")
    for name in ("excluded_payment_types", "excluded_payment_methods"):
        excluded = rules.get(name) or []
        if not isinstance(excluded, list) or not all(isinstance(each, dict) for each in excluded):
            raise _refused("invalid_payment_methods", f"{name} invalid")


def _check_date(text: object, name: str) -> None:
    try:
        clock.parse_instant(str(text))
    except clock.BadInstantError as error:
        raise _refused(f"invalid_{name}", f"{name} invalid") from error


def _is_url(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("http://", "https://")) and len(url) <= 2048


def _refused(error: str, message: str) -> MercadoPagoError:
    return MercadoPagoError(400, error, message)
