"""Pages for people, in Argentine Spanish: the templates, and the front page that lists what arrived."""

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("sandbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def show(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page that loads nothing from elsewhere, runs no script, and is never cached."""
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status_code=status, headers=headers)
