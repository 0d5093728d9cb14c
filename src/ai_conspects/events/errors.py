"""Why somebody can't listen."""

from ai_conspects.core.errors import Forbidden, Unavailable


class EventsUnavailable(Unavailable):
    """There is no Redis, or it doesn't answer."""

    code = "events_unavailable"
    detail = "There are no live events for now. Ask for the status by HTTP, and try again later."


class TooManyListeners(Unavailable):
    """This process, or this user, has as many listeners as it may have."""

    code = "too_many_listeners"
    detail = "Too many clients listen already. Close one, or try again later."
    retry_after = 30


class ForeignOrigin(Forbidden):
    """A web page of a place that the operator hasn't named."""

    code = "foreign_origin"
    detail = "This web page's origin may not listen here; see AI_CONSPECTS_EVENTS__ORIGINS."
