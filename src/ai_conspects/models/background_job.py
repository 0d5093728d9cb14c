"""Background jobs: whose turn each is, and when it comes next. What there is to do stands in other tables' rows."""

from datetime import datetime

from sqlalchemy import String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, UpdatedAt


class BackgroundJob(Base):
    """One row a kind of job. `lease_until` and `fence` are as a step's; `waits` counts engines that were away in a row.

    The error is that of the last turn, None where it went well.
    """

    __tablename__ = "background_jobs"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    worker: Mapped[str | None] = mapped_column(String(128))
    waits: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[UpdatedAt]
