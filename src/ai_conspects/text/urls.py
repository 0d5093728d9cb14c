"""Addresses of pages: which are of one and the same page, and what kind of page one is by its address alone."""

from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = ("utm_", "fbclid", "gclid", "yclid", "msclkid", "dclid", "igshid", "mc_", "ref_src", "ysclid", "srsltid")
"""How the names of parameters begin that say from where somebody came, and nothing of the page."""
_KINDS = (
    ("encyclopedia", ("wikipedia.org", "ruwiki.ru", "britannica.com", "bigenc.ru")),
    ("video", ("youtube.com", "youtu.be", "rutube.ru", "vimeo.com")),
    ("paper", ("arxiv.org", "doi.org", "cyberleninka.ru", "pubmed.ncbi.nlm.nih.gov")),
)


def canonical(url: str) -> str:
    """The same for all addresses of one page: without scheme, `www.`, mark, tracking and order of its query."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    place = host if port in {None, 80, 443} else f"{host}:{port}"
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.lower().startswith(_TRACKING)]
    asked = f"?{urlencode(sorted(query))}" if query else ""
    return f"{place}{parts.path.rstrip('/')}{asked}"


def kind(url: str) -> str:
    """`encyclopedia`, `video`, `paper`, `document` or `web`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "web"
    if parts.scheme == "zim":
        return "encyclopedia"
    host = parts.hostname or ""
    for name, hosts in _KINDS:
        if any(host == known or host.endswith(f".{known}") for known in hosts):
            return name
    return "document" if parts.path.lower().endswith((".pdf", ".djvu", ".doc", ".docx")) else "web"
