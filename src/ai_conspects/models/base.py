"""What every table shares: keys made by the server, times with a zone, relations that never load by surprise."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKey, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from ai_conspects.core.ids import uuid7


class Base(DeclarativeBase):
    """The root of the models. Constraint names are fixed, so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


JsonOrNull = JSONB(none_as_null=True)
"""A JSON column in which None is SQL's NULL, and not JSON's."""

Key = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
UserId = Annotated[UUID, mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), onupdate=func.clock_timestamp())]


def words(kind: type[StrEnum], length: int) -> Enum:
    """A column that holds one of the enum's words as plain text; which words are allowed is the code's business."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=length, values_callable=lambda e: [w.value for w in e]
    )
