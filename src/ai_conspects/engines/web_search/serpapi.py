"""Web search by SerpAPI (Google's results as JSON): https://serpapi.com/search-api."""

import time

import httpx
from pydantic import BaseModel, Field, ValidationError

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.retry_after import parse_retry_after
from ai_conspects.engines.web_search.base import Found

SERPAPI_URL = "https://serpapi.com/search.json"
MAX_ANSWER_BYTES = 4 * 2**20
MAX_QUERY_CHARACTERS = 400

_NAME = "serpapi"


class _Result(BaseModel):
    title: str = ""
    link: str = ""
    snippet: str | None = None


class _Answer(BaseModel):
    """The part of an answer that is read. `error` also says that nothing was found."""

    organic_results: list[_Result] = Field(default_factory=list)
    error: str = ""


class SerpApi:
    """A `WebSearch` by SerpAPI. `url` is another address of the same API; `timeout_s` bounds a whole search."""

    name = _NAME

    def __init__(self, api_key: str, url: str = SERPAPI_URL, timeout_s: float = 20) -> None:
        self._api_key = api_key
        self._url = url
        self._timeout_s = timeout_s

    def search(self, query: str, *, language: str, limit: int) -> list[Found]:
        """At most `limit` pages with an http(s) address. `language` is a BCP 47 tag."""
        answer = self._parsed(self._get(query, language, limit))
        found = [
            Found(result.title.strip(), result.link, (result.snippet or "").strip())
            for result in answer.organic_results
            if result.link.startswith(("http://", "https://"))
        ]
        return found[:limit]

    def _get(self, query: str, language: str, limit: int) -> bytes:
        """The answer's body. No proxy of the environment, no redirect: the key goes to this address only."""
        parameters: dict[str, str | int] = {
            "engine": "google",
            "q": query[:MAX_QUERY_CHARACTERS],
            "num": limit,
            "hl": language.split("-")[0],
            "api_key": self._api_key,
        }
        timeout = httpx.Timeout(self._timeout_s, connect=5)
        try:
            with (
                httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout) as client,
                client.stream("GET", self._url, params=parameters) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise _from_status(response)
                return self._body(response)
        except httpx.TimeoutException:
            raise EngineUnavailable(_NAME, "SerpAPI did not answer in time.") from None
        except httpx.HTTPError as error:
            raise EngineUnavailable(_NAME, f"SerpAPI can't be reached ({type(error).__name__}).") from None

    def _body(self, response: httpx.Response) -> bytes:
        deadline, body = time.monotonic() + self._timeout_s, bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise EngineUnavailable(_NAME, "SerpAPI's answer is too large.")
            if time.monotonic() > deadline:
                raise EngineUnavailable(_NAME, "SerpAPI did not finish its answer in time.")
        return bytes(body)

    def _parsed(self, body: bytes) -> _Answer:
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError:
            raise EngineUnavailable(_NAME, "SerpAPI's answer can't be read.") from None
        if answer.error and "returned any results" not in answer.error:
            raise EngineRejected(_NAME, "SerpAPI refuses this search.")
        return answer


def _from_status(response: httpx.Response) -> EngineError:
    """The error for a status that isn't 200. The address holds the key, so it stays out of every text."""
    status = response.status_code
    if status in {401, 403}:
        return EngineMisconfigured(_NAME, f"SerpAPI refuses the key (status {status}); see SERPAPI_KEY.")
    if status >= 500 or status in {408, 429}:
        after = parse_retry_after(response.headers.get("retry-after", ""))
        return EngineUnavailable(_NAME, f"SerpAPI is busy or failing (status {status}).", retry_after=after)
    return EngineRejected(_NAME, f"SerpAPI refuses this search (status {status}).")
