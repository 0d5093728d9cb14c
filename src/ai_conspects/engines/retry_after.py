"""Reads the `Retry-After` header (RFC 9110, section 10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER_S = 86_400.0


def parse_retry_after(value: str) -> float | None:
    """Seconds from now, between 0 and a day, from a number or a date; None for what is neither."""
    try:
        seconds = float(value)
    except ValueError:
        return _until(value)
    return min(seconds, MAX_RETRY_AFTER_S) if seconds >= 0 else None


def _until(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), MAX_RETRY_AFTER_S)
