"""`GET /v1/payments/search`: filters, ranges of dates and paging as MercadoPago has them."""

from sandbox import clock
from sandbox.mercadopago import errors, lies, records
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.gate import JsonObject
from sandbox.world import World

_RANGES = {
    "date_created": "created_ms",
    "date_last_updated": "updated_ms",
    "date_approved": "approved_ms",
    "money_release_date": "release_ms",
}
_SORTS = {**_RANGES, "id": "id"}
_MAX_LIMIT = 1000
_MAX_OFFSET = 10_000


def run(world: World, query: dict[str, str], now: int) -> JsonObject:
    """`{"paging": {"total", "limit", "offset"}, "results": [payment, ...]}`; newest first unless asked otherwise."""
    where, params = _where(query, now)
    limit = min(_integer(query, "limit", 30), _MAX_LIMIT)
    offset = _integer(query, "offset", 0)
    if offset > _MAX_OFFSET:
        raise errors.bad_request("Number of rows exceeded the limits", 1000)
    column = _SORTS.get(query.get("sort", "date_created"))
    if column is None:
        raise errors.bad_request("Invalid value for sort", 1)
    direction = "ASC" if query.get("criteria", "desc").lower() == "asc" else "DESC"
    rows = world.store.all(
        f"SELECT * FROM payment WHERE {where} ORDER BY {column} {direction}, id {direction} LIMIT ? OFFSET ?",  # noqa: S608  our own columns
        (*params, limit, offset),
    )
    total = world.store.count(f"SELECT count(*) FROM payment WHERE {where}", params)  # noqa: S608  our own columns
    results = [lies.shown(world, records.from_row(row)) for row in rows]
    return {"paging": {"total": total, "limit": limit, "offset": offset}, "results": results}


def _where(query: dict[str, str], now: int) -> tuple[str, list[object]]:
    clauses, params = ["1 = 1"], list[object]()
    if "external_reference" in query:
        clauses.append("external_reference = ?")
        params.append(query["external_reference"])
    if "status" in query:
        if query["status"] not in set(Status):
            raise errors.bad_request("Invalid value for status", 1)
        clauses.append("status = ?")
        params.append(query["status"])
    column = _RANGES.get(query.get("range", "date_created"))
    if column is None:
        raise errors.bad_request("Invalid value for range", 1)
    for name, sign in (("begin_date", ">="), ("end_date", "<=")):
        if name in query:
            clauses.append(f"{column} {sign} ?")
            params.append(_instant(query[name], name, now))
    return " AND ".join(clauses), params


def _instant(text: str, name: str, now: int) -> int:
    try:
        return clock.parse_when(text, now)
    except clock.BadInstantError as error:
        message = f"The following parameters must be valid date and format (yyyy-MM-dd'T'HH:mm:ssz) {name}"
        raise errors.bad_request(message, 23) from error


def _integer(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or len(text) > 9:
        raise errors.bad_request(f"Invalid value for {name}", 1)
    return int(text)
