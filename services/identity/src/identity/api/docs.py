"""The documentation page of the whole product: Swagger UI over every service's OpenAPI, nothing from elsewhere."""

from importlib import resources
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from swagger_ui_bundle import swagger_ui_path

from common.errors import NotFound

router = APIRouter(include_in_schema=False)

_OWN: Final = Path(str(resources.files("identity"))) / "static"
_ASSETS: Final = {
    "docs.css": _OWN / "docs.css",
    "docs.js": _OWN / "docs.js",
    **{
        name: Path(swagger_ui_path) / name
        for name in (
            "swagger-ui.css",
            "swagger-ui-bundle.js",
            "swagger-ui-standalone-preset.js",
            "favicon-32x32.png",
        )
    },
}
_PAGE: Final = (_OWN / "docs.html").read_bytes()
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
}


@router.get("/docs")
async def page() -> Response:
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/docs/{name}")
async def asset(name: str) -> Response:
    path = _ASSETS.get(name)
    if path is None:
        raise NotFound
    return FileResponse(path, headers=_HEADERS)
