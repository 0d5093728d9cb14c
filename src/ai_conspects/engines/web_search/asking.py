"""How search servers are asked over HTTP: within a time and a size, at the operator's address alone; what their errors
mean, and their results.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import httpx
from pydantic import AliasChoices, BaseModel, Field, ValidationError

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.retry_after import parse_retry_after
from ai_conspects.engines.web_search.base import Found

MAX_ANSWER_BYTES = 4 * 2**20
SCHEMES = ("http://", "https://")

Answer = TypeVar("Answer", bound=BaseModel)


class Result(BaseModel):
    """A page in an answer, by the names that servers have for its parts."""

    title: str | None = None
    url: str | None = Field(None, validation_alias=AliasChoices("url", "link"))
    words: str | None = Field(None, validation_alias=AliasChoices("content", "snippet", "description"))
    published: str | None = Field(None, validation_alias=AliasChoices("published_date", "publishedDate", "page_age"))


def pages(results: Iterable[Result], limit: int, plain: Callable[[str], str] = str.strip) -> list[Found]:
    """At most `limit` of the results that are pages on the web; `plain` makes text of a title and of words."""
    found = [
        Found(plain(one.title or ""), one.url, plain(one.words or ""), _day(one.published))
        for one in results
        if one.url and one.url.startswith(SCHEMES)
    ]
    return found[:limit]


def _day(told: str | None) -> date | None:
    """The day in a date or time as ISO 8601 writes it."""
    try:
        return date.fromisoformat((told or "")[:10])
    except ValueError:
        return None


@dataclass(frozen=True)
class SearchServer:
    """`name` and `label` are the engine's for machines and people; `setting` is what mends a refused key.

    `refused`: statuses that mean so here. The query and the key stay out of every error's text.
    """

    name: str
    label: str
    url: str
    setting: str
    timeout_s: float
    refused: frozenset[int] = frozenset({401, 403})
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, kind: type[Answer], *, params: dict[str, str | int] | None = None, json: dict[str, Any] | None = None
    ) -> Answer:
        """The answer to a GET with parameters, or to a POST of JSON. Raises the engines' errors."""
        body = self._body("POST" if json is not None else "GET", params, json)
        try:
            return kind.model_validate_json(body)
        except ValidationError:
            raise EngineUnavailable(self.name, f"{self.label}'s answer can't be read.") from None

    def _body(self, method: str, params: dict[str, str | int] | None, json: dict[str, Any] | None) -> bytes:
        """No proxy of the environment, no redirect: the key goes to this address only."""
        timeout = httpx.Timeout(self.timeout_s, connect=min(5.0, self.timeout_s))
        try:
            with (
                httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout, headers=self.headers) as client,
                client.stream(method, self.url, params=params, json=json) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise self._from_status(response)
                return self._read(response)
        except httpx.TimeoutException:
            raise EngineUnavailable(self.name, f"{self.label} did not answer in time.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(self.name, f"{self.label} can't be reached ({type(error).__name__}).") from None

    def _read(self, response: httpx.Response) -> bytes:
        deadline, body = time.monotonic() + self.timeout_s, bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise EngineUnavailable(self.name, f"{self.label}'s answer is too large.")
            if time.monotonic() > deadline:
                raise EngineUnavailable(self.name, f"{self.label} did not finish its answer in time.")
        return bytes(body)

    def _from_status(self, response: httpx.Response) -> EngineError:
        status = response.status_code
        if status in self.refused:
            return EngineMisconfigured(self.name, f"{self.label} refuses us (status {status}); see {self.setting}.")
        if status >= 500 or status in {408, 429}:
            after = parse_retry_after(response.headers.get("retry-after", ""))
            return EngineUnavailable(
                self.name, f"{self.label} is busy or failing (status {status}).", retry_after=after
            )
        return EngineRejected(self.name, f"{self.label} refuses this search (status {status}).")
