"""Fetches the pages that a search found, for quotes of their own text.

Their addresses are anybody's: `core/outbound.py` calls the public internet alone, and each redirect is checked anew.
"""

from collections.abc import Callable
from urllib.parse import urljoin

import structlog

from ai_conspects.core.addresses import AddressRefused
from ai_conspects.core.outbound import Bounds, Outbound, OutboundFailed, Reply
from ai_conspects.text.html import Page, page_text

log = structlog.get_logger()

REDIRECTS = 3
SECONDS = 10.0

Fetch = Callable[[str], Page | None]
"""The page at an address, None where there is none to be read."""


def fetcher(outbound: Outbound, max_page_kb: int) -> Fetch:
    """Reads HTML and plain text, at most so much of it; what goes wrong with a page is noted, never raised."""
    bounds = Bounds(SECONDS, max_page_kb * 1024)

    def fetch(url: str) -> Page | None:
        try:
            return _page(_followed(outbound, url, bounds))
        except (AddressRefused, OutboundFailed) as error:
            log.info("research.page_not_read", error=type(error).__name__)
            return None

    return fetch


def _followed(outbound: Outbound, url: str, bounds: Bounds) -> Reply:
    reply = outbound.call("GET", url, headers={"Accept": "text/html"}, bounds=bounds)
    for _ in range(REDIRECTS):
        if reply.status not in {301, 302, 303, 307, 308} or "location" not in reply.headers:
            break
        url = urljoin(url, reply.headers["location"])
        reply = outbound.call("GET", url, headers={"Accept": "text/html"}, bounds=bounds)
    return reply


def _page(reply: Reply) -> Page | None:
    kind, _, parameters = reply.headers.get("content-type", "").partition(";")
    if reply.status != 200 or kind.strip().lower() not in {"text/html", "application/xhtml+xml", "text/plain"}:
        return None
    charset = parameters.partition("charset=")[2].strip("\"' ") or "utf-8"
    try:
        text = reply.body.decode(charset, "replace")
    except LookupError:
        text = reply.body.decode("utf-8", "replace")
    return Page("", text, None) if kind.strip().lower() == "text/plain" else page_text(text)
