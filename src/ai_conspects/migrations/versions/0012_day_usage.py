"""What a user's work has used of a model's tokens and of transcription, by the day."""

import sqlalchemy as sa
from alembic import op

from ai_conspects.migrations.row_security import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_usage",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_day_usage_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "kind", "day", name=op.f("pk_day_usage")),
    )
    protect("day_usage")


def downgrade() -> None:
    op.drop_table("day_usage")
