"""Asks a server once what it can do: how much the model reads at once, and which ways of asking it knows.

No standard says where that stands; each server has a place of its own. A place that isn't there is no error.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from ai_conspects.engines.language_model.ladder import Rung

Json = dict[str, Any]

ANSWER_S = 5.0
MAX_BODY = 16 * 2**20
OLLAMA_DEFAULT = 4_096
"""What Ollama gives a model that isn't loaded and names no `num_ctx`, unless its operator raised it."""

OPENAI_CONTEXTS = {"gpt-3.5": 16_385, "gpt-4o": 128_000, "gpt-4.1": 128_000, "gpt-5": 128_000, "o1": 128_000,
                   "o3": 128_000, "o4": 128_000, "gpt-4": 8_192}  # fmt: skip
"""By the beginning of a model's name; OpenAI's server doesn't tell. At least so much, by its documentation."""


@dataclass(frozen=True)
class Endpoint:
    """What is known of a model on a server. `answered` is false where nobody was there to ask.

    `output_tokens` is the most that one answer may have. None: it doesn't say.
    """

    answered: bool
    context_tokens: int | None = None
    output_tokens: int | None = None
    rung: Rung = Rung.SCHEMA
    with_temperature: bool = True


class _NobodyThere(Exception):
    """The server takes no connection."""


@dataclass(frozen=True)
class Probe:
    """Where to ask. `load_s` is how long a server may take to load the model, which only Ollama is asked for."""

    base_url: str
    api_key: str
    model: str
    load_s: float

    def ask(self) -> Endpoint:
        """What the server says of the model. Raises nothing."""
        try:
            listed = self._listed()
            endpoint = _listed_endpoint(listed)
            tokens = endpoint.context_tokens or self._ollama() or self._llama_cpp() or self._lm_studio()
        except _NobodyThere:
            return Endpoint(answered=False)
        return Endpoint(True, tokens, endpoint.output_tokens, endpoint.rung, endpoint.with_temperature)

    @property
    def _root(self) -> str:
        """Where a server's own paths stand: beside `/v1`."""
        return self.base_url.rstrip("/").removesuffix("/v1").removesuffix("/openai").rstrip("/")

    def _listed(self) -> Json:
        """The model's entry in `/models`: vLLM, OpenRouter, Groq, Mistral and others tell more there than the name."""
        entries = self._get(f"{self.base_url.rstrip('/')}/models").get("data")
        return next((one for one in _objects(entries) if one.get("id") == self.model), {})

    def _ollama(self) -> int | None:
        """What the loaded model really has; what it could have (`model_info`) says nothing. So have it loaded."""
        shown = self._post(f"{self._root}/api/show", {"model": self.model}, ANSWER_S)
        if not shown:
            return None
        most = next((_whole(v) for k, v in _object(shown, "model_info").items() if k.endswith(".context_length")), None)
        if shown.get("remote_host") or shown.get("remote_model"):
            return most
        loaded = self._loaded_in_ollama()
        if loaded is None:
            self._post(f"{self._root}/api/generate", {"model": self.model, "stream": False}, self.load_s)
            loaded = self._loaded_in_ollama()
        return loaded or _num_ctx(shown) or min(OLLAMA_DEFAULT, most or OLLAMA_DEFAULT)

    def _loaded_in_ollama(self) -> int | None:
        names = {self.model, f"{self.model}:latest"}
        running = _objects(self._get(f"{self._root}/api/ps").get("models"))
        return next((_whole(one.get("context_length")) for one in running if one.get("name") in names), None)

    def _llama_cpp(self) -> int | None:
        """Of one slot, which is what one request has."""
        props = self._get(f"{self._root}/props")
        return _whole(_object(props, "default_generation_settings").get("n_ctx"))

    def _lm_studio(self) -> int | None:
        entries = _objects(self._get(f"{self._root}/api/v0/models").get("data"))
        mine: Json = next((one for one in entries if one.get("id") == self.model), {})
        return _whole(mine.get("loaded_context_length")) or _whole(mine.get("max_context_length"))

    def _get(self, url: str) -> Json:
        return self._ask("GET", url, None, ANSWER_S)

    def _post(self, url: str, body: Json, timeout_s: float) -> Json:
        return self._ask("POST", url, body, timeout_s)

    def _ask(self, method: str, url: str, body: Json | None, timeout_s: float) -> Json:
        """The JSON object at that place, an empty one where there is none. Raises `_NobodyThere`."""
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        timeout = httpx.Timeout(timeout_s, connect=ANSWER_S)
        try:
            with httpx.stream(method, url, json=body, headers=headers, timeout=timeout) as response:
                return _json(response) if response.status_code == httpx.codes.OK else {}
        except httpx.ConnectError as error:
            raise _NobodyThere from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
            return {}


def known_context(model: str) -> int | None:
    """What OpenAI documents of its own models."""
    return next((tokens for name, tokens in OPENAI_CONTEXTS.items() if model.startswith(name)), None)


def _listed_endpoint(entry: Json) -> Endpoint:
    provider = _object(entry, "top_provider")  # OpenRouter: of the provider that will most likely be taken
    context = (
        _whole(provider.get("context_length"))
        or _whole(entry.get("max_model_len"))  # vLLM, SGLang
        or _whole(entry.get("context_length"))  # OpenRouter, Together
        or _whole(entry.get("context_window"))  # Groq
        or _whole(entry.get("max_context_length"))  # Mistral
    )
    takes = entry.get("supported_parameters")
    if not isinstance(takes, list):
        return Endpoint(True, context, _whole(provider.get("max_completion_tokens")))
    ways = {"structured_outputs": Rung.SCHEMA, "tools": Rung.TOOL, "response_format": Rung.JSON_OBJECT}
    rung = next((rung for name, rung in ways.items() if name in takes), Rung.PROMPT)
    return Endpoint(True, context, _whole(provider.get("max_completion_tokens")), rung, "temperature" in takes)


def _json(response: httpx.Response) -> Json:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BODY:
            return {}
    value = httpx.Response(200, content=bytes(body)).json()
    return value if isinstance(value, dict) else {}


def _num_ctx(shown: Json) -> int | None:
    """`num_ctx 8192` among the parameters of the model's file, which Ollama tells as text."""
    lines = [line.split() for line in str(shown.get("parameters", "")).splitlines()]
    return next((int(line[1]) for line in lines if len(line) == 2 and line[0] == "num_ctx" and line[1].isdigit()), None)


def _objects(value: object) -> Iterator[Json]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _object(value: Json, name: str) -> Json:
    inside = value.get(name)
    return inside if isinstance(inside, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
