"""What notes stand on, what is proposed for edited ones, templates, and what a step has paid a model for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ADDED = (("notes", "basis"), ("notes", "proposal"), ("recording_steps", "paid"), ("recording_steps", "usage"),
         ("audio_recordings", "remade"))  # fmt: skip


def upgrade() -> None:
    for table, column in ADDED:
        op.add_column(table, sa.Column(column, postgresql.JSONB(), nullable=True))
    op.create_table(
        "note_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("sections", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("wishes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_note_templates_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_templates")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_note_templates_user_id_name")),
    )


def downgrade() -> None:
    op.drop_table("note_templates")
    for table, column in reversed(ADDED):
        op.drop_column(table, column)
