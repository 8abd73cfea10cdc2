"""Pages for people, in plain HTML: they work without a script, and may load nothing from anywhere."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

from starlette.responses import Response

_STYLE: Final = """
body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1.5rem;color:#1b1b1b;background:#fff}
label{display:block;font-weight:600;margin-top:1rem}
input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.6rem;border:1px solid #767676;
border-radius:.3rem}
input[aria-invalid]{border:2px solid #b00020}
button{font:inherit;font-weight:600;margin-top:1.2rem;padding:.7rem 1.2rem;border:0;border-radius:.3rem;
background:#0b57d0;color:#fff}
.error{color:#b00020;margin:.3rem 0 0}
.hint{color:#555;margin:.2rem 0 0}
code{font-size:1.3rem;font-weight:700}
""".strip()
_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One labelled input. `error` stands beside it, and is read out with it."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    error: str = ""
    attributes: str = ""

    def html(self) -> str:
        notes = [(f"{self.name}-hint", "hint", self.hint), (f"{self.name}-error", "error", self.error)]
        shown = [(key, kind, text) for key, kind, text in notes if text]
        described = f' aria-describedby="{" ".join(key for key, _, _ in shown)}"' if shown else ""
        invalid = ' aria-invalid="true"' if self.error else ""
        return (
            f'<label for="{self.name}">{escape(self.label)}</label>'
            f'<input id="{self.name}" name="{self.name}" value="{escape(self.value, quote=True)}" required'
            f"{' ' + self.attributes if self.attributes else ''}{described}{invalid}>"
            + "".join(f'<p id="{key}" class="{kind}">{escape(text)}</p>' for key, kind, text in shown)
        )


def form(action: str, entries: Sequence[Entry], button: str, hidden: Sequence[tuple[str, str]] = ()) -> str:
    """Posted as a browser does without a script."""
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">' for name, value in hidden)
    fields = "".join(entry.html() for entry in entries)
    return (
        f'<form method="post" action="{escape(action, quote=True)}" novalidate>{kept}{fields}'
        f'<button type="submit">{escape(button)}</button></form>'
    )


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def link(to: str, text: str) -> str:
    return f'<a href="{escape(to, quote=True)}">{escape(text)}</a>'


def alert(text: str) -> str:
    """What went wrong with the whole, said at once."""
    return f'<p class="error" role="alert">{escape(text)}</p>'


def page(title: str, *parts: str, status: int = 200) -> Response:
    """A whole page; `parts` are HTML."""
    body = (
        f'<!doctype html><html lang="es-AR"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
    )
    return Response(body, status, _HEADERS, "text/html; charset=utf-8")
