"""`/` and the page's own addresses give its index, `/assets/…` its parts; one that isn't there is a 404."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import PlainTextResponse

from ai_conspects.core.conditional import names
from ai_conspects.core.problems import problem
from ai_conspects.page.files import PageFile, found

SCREENS = ("/", "/record", "/ask", "/graph", "/settings", "/note/{note_id}")
"""The page's addresses (`web/src/lib/router.svelte.ts`): each can be opened, reloaded and kept as a bookmark."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect", "font", "worker", "manifest")),
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types svelte-trusted-html page-worker",
    )
)
INDEX_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
FOREVER = "public, max-age=31536000, immutable"  # a part's name holds a hash over what is in it
NOT_BUILT = (
    "AI Conspects: the API is here, under /v1, described at /openapi.json. This server was installed without its web "
    "page (SKIP_WEB=1). To have it, install again without that setting.\n"
)

Text = Annotated[str, Header()]


def router(files: dict[str, PageFile] | None = None) -> APIRouter:
    """The page's routes over these files, by default those that are in the package."""
    parts = found() if files is None else files
    made = APIRouter(include_in_schema=False)

    def get_page(accept_encoding: Text = "", if_none_match: Text = "") -> Response:
        index = parts.get("index.html")
        if index is None:
            return PlainTextResponse(NOT_BUILT, 404)
        return _answer(index, accept_encoding, if_none_match, INDEX_HEADERS)

    def get_part(name: str, accept_encoding: Text = "", if_none_match: Text = "") -> Response:
        part = parts.get(f"assets/{name}")
        if part is None:
            return problem(404, "not_found", "The page has no such part. Load it again: there may be a newer one.")
        return _answer(part, accept_encoding, if_none_match, {"Cache-Control": FOREVER})

    def get_icon(accept_encoding: Text = "", if_none_match: Text = "") -> Response:
        icon = parts.get("icon.svg")
        if icon is None:
            return Response(status_code=404)
        return _answer(icon, accept_encoding, if_none_match, {"Cache-Control": "no-cache"})

    for screen in SCREENS:
        made.add_api_route(screen, get_page, methods=["GET", "HEAD"])
    made.add_api_route("/assets/{name}", get_part, methods=["GET", "HEAD"])
    made.add_api_route("/icon.svg", get_icon, methods=["GET", "HEAD"])
    made.add_api_route("/favicon.ico", get_icon, methods=["GET", "HEAD"])
    return made


def _answer(file: PageFile, accept_encoding: str, if_none_match: str, headers: dict[str, str]) -> Response:
    said = {**headers, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if names(if_none_match or None, file.etag):
        return Response(status_code=304, headers=said)
    body, encoding = file.read(accept_encoding)
    if encoding:
        said["Content-Encoding"] = encoding
    return Response(body, headers=said, media_type=file.media_type)
