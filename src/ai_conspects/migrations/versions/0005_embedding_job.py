"""Whose turn a background job is, and indexes that tell which rows an embedding model has yet to see."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "background_jobs",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=True),
        sa.Column("waits", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_background_jobs")),
    )
    op.create_index("ix_note_chunks_embedding_model", "note_chunks", ["embedding_model", "user_id"], unique=False)
    op.create_index("ix_notes_embedding_model", "notes", ["embedding_model", "user_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_notes_embedding_model", table_name="notes")
    op.drop_index("ix_note_chunks_embedding_model", table_name="note_chunks")
    op.drop_table("background_jobs")
