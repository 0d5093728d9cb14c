"""What an OpenAI-compatible server's error means to the pipeline: the one mapping, for speech, language and embeddings.

The server's own words never travel further: they may quote what was sent, and that is private. Only the status and
the provider's short error code do.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.retry_after import parse_retry_after

if TYPE_CHECKING:
    import openai

REFUSED = "request_refused"
"""The code of a refusal without a known reason: some part of the request may be one that this server doesn't know."""

_TOO_LONG = {"context_length_exceeded", "string_above_max_length", "max_tokens_per_request"}
_TOO_LONG_WORDS = re.compile(r"context (length|window|size)|too long|too many tokens", re.IGNORECASE)
_NO_MODEL = {"model_not_found", "invalid_model", "model_not_available"}
_OUT_OF_MONEY = {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"}
_BUSY = {408, 409, 425, 429}


@contextmanager
def translated(engine: str, group: str = "") -> Iterator[None]:
    """Turns what the `openai` SDK raises into `EngineUnavailable`, `EngineRejected` or `EngineMisconfigured`.

    `group` is the group of settings that made the engine (`LANGUAGE_MODEL`, `EMBEDDINGS`, `SPEECH`), so that the text
    can name the setting that mends it.
    """
    import openai  # slow to import, and not every process talks to a model

    try:
        yield
    except openai.APIStatusError as error:
        raise from_status(engine, group, error) from None
    except openai.APITimeoutError:
        raise EngineUnavailable(engine, "The model server did not answer in time.") from None
    except openai.APIConnectionError:
        raise EngineUnavailable(
            engine, f"The model server can't be reached; see {_setting(group, 'BASE_URL')}."
        ) from None
    except (openai.OpenAIError, json.JSONDecodeError) as error:
        raise EngineUnavailable(engine, f"The model server's answer can't be read ({type(error).__name__}).") from None


def from_status(engine: str, group: str, error: "openai.APIStatusError") -> EngineError:
    """The error for an answer with a status of 4xx or 5xx."""
    status, code = error.status_code, error_code(error)
    said = f"status {status}" + (f", {code}" if code else "")
    if code in _OUT_OF_MONEY:
        return EngineMisconfigured(engine, f"The account behind {_setting(group, 'API_KEY')} is out of quota ({said}).")
    if status in {401, 403}:
        return EngineMisconfigured(
            engine, f"The model server refuses the key ({said}); see {_setting(group, 'API_KEY')}."
        )
    if status == 404 or code in _NO_MODEL:
        what = f"{_setting(group, 'MODEL')} and {_setting(group, 'BASE_URL')}"
        return EngineMisconfigured(engine, f"The server knows no such model or path ({said}); see {what}.")
    if status == 413 or code in _TOO_LONG or (status == 400 and _TOO_LONG_WORDS.search(error.message)):
        return EngineRejected(engine, f"The input is too long for the model ({said}).", code="input_too_long")
    if status >= 500 or status in _BUSY:
        after = parse_retry_after(error.response.headers.get("retry-after", ""))
        return EngineUnavailable(engine, f"The model server is busy or failing ({said}).", retry_after=after)
    return EngineRejected(engine, f"The model server refuses the request ({said}).", code=REFUSED)


def error_code(error: "openai.APIError") -> str:
    """The provider's own word for the error, empty where there is none or it is no plain word."""
    code = error.code or error.type or ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", code) else ""


def _setting(group: str, name: str) -> str:
    """The name of the environment variable that mends it."""
    own = f"AI_CONSPECTS_{group}__{name}" if group else f"the engine's {name}"
    return f"{own} (or OPENAI_API_KEY)" if name == "API_KEY" else own
