"""Who is calling."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class UserIdentity:
    """The owner of everything that a request may touch, and the login by which it came."""

    id: UUID
    session_id: UUID
