"""Which search engine the settings ask for, and why. An engine's module is imported when it is taken."""

from pathlib import Path

from ai_conspects.core.settings import Settings
from ai_conspects.engines.web_search.base import WebSearch

PREFIX = "AI_CONSPECTS_WEB_SEARCH__"
ONLINE = ("searxng", "tavily", "brave", "serpapi")
"""In the order in which `auto` takes them: one's own server before others', those made for machines before the rest."""
KEYS = {
    "searxng": f"{PREFIX}SEARXNG_URL",
    "tavily": f"{PREFIX}TAVILY_API_KEY",
    "brave": f"{PREFIX}BRAVE_API_KEY",
    "serpapi": "SERPAPI_KEY",
    "zim": f"{PREFIX}ZIM_FILES",
}
"""For each engine, what it can't work without."""


def engine(settings: Settings) -> WebSearch | None:
    """The engine, several as one, or None. Talks to nobody and opens no file."""
    chosen = [_made(name, settings) for name in _chosen(settings)]
    if len(chosen) < 2:
        return chosen[0] if chosen else None
    from ai_conspects.engines.web_search.several import Several

    return Several(chosen)


def explained(settings: Settings) -> tuple[str, str, str]:
    """Name, reason, and what must be done before it can work, empty where it can."""
    group, names = settings.web_search, _chosen(settings)
    if not names:
        if group.engine == "none":
            return "none", f"{PREFIX}ENGINE says so; no sources are looked up, and notes say so.", ""
        why = f"None of {', '.join(KEYS.values())} is set, so no sources are looked up; notes say so."
        return "none", why, ""
    if group.engine == "auto":
        why = f"{' and '.join(KEYS[name] for name in names)} {'is' if len(names) == 1 else 'are'} set."
    else:
        why = f"{PREFIX}ENGINE names it."
    places = "stay on this machine" if names == ["zim"] else "go there"
    why += f" Key phrases of recordings {places}, where their owner wants research."
    missing = [KEYS[name] for name in names if not _has(name, settings)]
    if missing:
        return "+".join(names), why, f"set {' and '.join(missing)}"
    if "zim" in names:
        from ai_conspects.engines.web_search import zim

        return "+".join(names), why, zim.mend(_files(settings))
    return "+".join(names), why, ""


def _chosen(settings: Settings) -> list[str]:
    named = settings.web_search.engine
    if named == "none":
        return []
    if named != "auto":
        return [named]
    online = [name for name in ONLINE if _has(name, settings)]
    return [*(["zim"] if _has("zim", settings) else []), *online[:1]]


def _has(name: str, settings: Settings) -> bool:
    group = settings.web_search
    given = {
        "searxng": group.searxng_url,
        "tavily": group.tavily_api_key.get_secret_value(),
        "brave": group.brave_api_key.get_secret_value(),
        "serpapi": settings.serpapi_key.get_secret_value(),
        "zim": group.zim_files.strip(", "),
    }
    return bool(given[name])


def _files(settings: Settings) -> list[Path]:
    return [Path(name.strip()).expanduser() for name in settings.web_search.zim_files.split(",") if name.strip()]


def _made(name: str, settings: Settings) -> WebSearch:
    group = settings.web_search
    if name == "searxng":
        from ai_conspects.engines.web_search.searxng import SearXNG

        return SearXNG(group.searxng_url)
    if name == "tavily":
        from ai_conspects.engines.web_search.tavily import Tavily

        return Tavily(group.tavily_api_key.get_secret_value())
    if name == "brave":
        from ai_conspects.engines.web_search.brave import Brave

        return Brave(group.brave_api_key.get_secret_value())
    if name == "zim":
        from ai_conspects.engines.web_search.zim import ZimEncyclopedia

        return ZimEncyclopedia(_files(settings))
    from ai_conspects.engines.web_search.serpapi import SerpApi

    return SerpApi(settings.serpapi_key.get_secret_value())
