"""Where a check of Schemathesis is narrowed, and why: rules of this API that JSON Schema or OpenAPI can't say.

A refusal is let pass only if each of its faults is one of these; whatever else is wrong with the same request is told.
"""

import re
from typing import Any

BEYOND = {
    "header.last-event-id: String should match": "Schemathesis puts ids there that it saw elsewhere",
    "query.device_id: Field required": "the query or the body must have it, where both may lack it",
    "is not a cursor of this list": "a cursor is opaque, and belongs to one list with one order",
    "differs from the device_id in the query": "the protocol's place and ours: the two must agree",
    "is not the device that this token belongs to": "whose token it is, no schema knows",
    "must be at least 32 random bytes": "how many different characters a secret has",
    "must not contain NUL characters": "in any text: said once in the docs, not by a pattern in each of 60 strings",
    "holds a NUL character": "as above",
    "must not contain lone surrogates": "as with NUL",
    "must have 1 to 50 characters": "white space around a tag's name counts for nothing",
    "must not have a heading twice": "distinct by one field, without regard to case",
    "is no segment of this transcript": "an id in a body, of which only the transcript knows",
    "one segment is named twice": "distinct by one field",
    "is the id of recordings": "distinct by one field",
    "tags go with tag and untag, and only with them": "one field hangs on another",
    "is no date and time that exists": "years that calendars have and Python has not",
    "must be at most": "an hour limit that is a setting",
    "String should have at least 1 character": "white space around a text counts for nothing",
    "must not be empty": "as above",
}
"""Place and words of the fault → what of it a schema can't say."""

CODES = {
    "batch_not_completed": "the protocol's 400 for a state",
    "too_many_recordings": "how many is a setting, and the protocol's answer a 400",
    "no_recordings": "the protocol's answer is a 400",
    "invalid_transcript": "what stands in a file",
    "bad_tus_header": "tus's headers have grammars of their own",
    "recording_too_large": "how large is a setting",
    "url_refused": "where an address leads",
    "invalid_vault": "what stands in a file",
}
"""Codes of whole refusals."""

ALSO = {"/v1/batches/submit", "/v1/notes/bulk", "/v1/notes/{note_id}.md", "/v1/recordings/import"}
"""Paths that another template matches too (a batch may be called `submit`): the methods of both are answered there."""


def is_narrowed(failure: Any, path: str, response: Any) -> bool:
    """Whether this failure is one of those above."""
    kind = type(failure).__name__
    if kind in {"UnsupportedMethodResponse", "AllowHeaderMismatch"}:
        return path in ALSO
    return kind == "RejectedPositiveData" and _says_what_no_schema_can(response)


def _says_what_no_schema_can(response: Any) -> bool:
    if response.status_code not in {400, 413, 422} or not response.content:
        return False
    told = response.json()
    if told["code"] in CODES or "The URL must not contain NUL" in told["detail"]:
        return True
    faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in told.get("errors", [])]
    return bool(faults) and all(re.search("|".join(map(re.escape, BEYOND)), fault) for fault in faults)
