"""What a user's work has used of what costs money, by the day."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, words


class Spent(StrEnum):
    """What is counted: a language model's tokens, seconds of audio transcribed."""

    TOKENS = "tokens"
    AUDIO_S = "audio_s"


class DayUsage(Base):
    """The sum of a day (UTC), with what is being used at the moment at its most."""

    __tablename__ = "day_usage"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[Spent] = mapped_column(words(Spent, 16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
