"""The root of every error that a client may be told about.

    DomainError                 has a status, a stable code, and a sentence for a person
    ├── BadRequest       400
    ├── Unauthorized     401
    ├── Forbidden        403
    ├── NotFound         404
    ├── Conflict         409
    ├── TooLarge         413
    ├── Unprocessable    422     with `errors`: where in the input, and what is wrong there
    ├── TooMany          429     with `retry_after`
    └── Unavailable      503     with `retry_after`

Features derive their own (`BatchNotFound`) beside their service. HTTP is mapped once, in `main.py`.
"""

from dataclasses import dataclass
from typing import ClassVar


class ConfigurationError(Exception):
    """The server must not start like this; the text names the setting that mends it."""


@dataclass(frozen=True)
class FieldError:
    """One fault of the input: `loc` is the path to it (`("recordings", 0, "audio_data")`)."""

    loc: tuple[str | int, ...]
    msg: str


class DomainError(Exception):
    """Something that the caller should know, in words that the caller can act on."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    detail: str
    """The sentence; of a class that always says the same, its own."""
    retry_after: float | None = None
    """Seconds."""

    def __init__(
        self, detail: str = "", *, errors: tuple[FieldError, ...] = (), retry_after: float | None = None
    ) -> None:
        self.detail = detail or self.detail
        self.errors = errors
        self.retry_after = self.retry_after if retry_after is None else retry_after
        super().__init__(self.detail)


class BadRequest(DomainError):
    status = 400
    code = "bad_request"


class Unauthorized(DomainError):
    """`challenge` is the answer's `WWW-Authenticate`."""

    challenge: ClassVar[str] = 'Bearer realm="ai-conspects"'
    status = 401
    code = "unauthorized"


class Forbidden(DomainError):
    """Nobody may do this here as it stands; never said of somebody else's object, which is a 404."""

    status = 403
    code = "forbidden"


class NotFound(DomainError):
    status = 404
    code = "not_found"


class Conflict(DomainError):
    status = 409
    code = "conflict"


class TooLarge(DomainError):
    status = 413
    code = "too_large"


class Unprocessable(DomainError):
    status = 422
    code = "validation_error"


class TooMany(DomainError):
    """The same again too often; `retry_after` is when it may be tried again."""

    status = 429
    code = "too_many_requests"


class Unavailable(DomainError):
    """A part that this server needs is away for now."""

    status = 503
    code = "unavailable"
    retry_after = 5
