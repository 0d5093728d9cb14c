"""What an error of `obstore` means to the pipeline. It reports most of them in words, so the words are read here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from obstore.exceptions import BaseError, InvalidPathError, PermissionDeniedError, UnauthenticatedError

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable

_STATUS = re.compile(r"status code: (\d{3})")
_CONFIGURATION = ("NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidBucketName")
_FULL = ("StorageFull", "os error 28", "QuotaExceeded", "os error 122")


@contextmanager
def translated(store: str, mends: str, *, looked_for: Literal["object", "upload"] = "object") -> Iterator[None]:
    """Turns what `obstore` and the file system raise into the engines' errors.

    `mends` names the settings that an operator looks at when the store refuses. `looked_for` is what isn't there when
    the store finds nothing: an object will not appear, but a lost upload can be begun anew.
    """
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise _meaning(store, mends, looked_for, error) from None


def _meaning(store: str, mends: str, looked_for: Literal["object", "upload"], error: Exception) -> EngineError:
    said, status = str(error), status_of(error)
    refused = isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError) or status in {401, 403}
    if refused or any(word in said for word in _CONFIGURATION):
        return EngineMisconfigured(store, f"The object store refuses access; see {mends}.")
    if isinstance(error, FileNotFoundError) and looked_for == "upload":
        return EngineUnavailable(store, "The object store has lost an upload.")
    if isinstance(error, FileNotFoundError):
        return EngineRejected(store, "The store has no object under this key.", code="object_missing")
    if isinstance(error, InvalidPathError | ValueError):
        return EngineRejected(store, "The store takes no such key or request.", code="object_key_invalid")
    if status is not None and status < 500 and status not in {408, 409, 425, 429}:
        return EngineMisconfigured(store, f"The object store refuses the request (status {status}); see {mends}.")
    if any(word in said for word in _FULL):
        return EngineUnavailable(store, "The object store is full.")
    detail = f"status {status}" if status else type(error).__name__
    return EngineUnavailable(store, f"The object store is away or failing ({detail}).")


def status_of(error: Exception) -> int | None:
    """The HTTP status that the store answered with; None where it gave no answer, or isn't on the network."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else None
