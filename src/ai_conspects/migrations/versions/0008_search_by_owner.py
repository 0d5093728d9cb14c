"""Chunks are found by their owner: no index of everybody's words, and what is compared lies in the row itself."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(op.f("ix_note_chunks_user_id_language"), "note_chunks", ["user_id", "language"], unique=False)
    op.drop_index("ix_note_chunks_user_id", table_name="note_chunks")
    # with it, a common word could lead the planner through the rows of all users
    op.drop_index("ix_note_chunks_tsv", table_name="note_chunks", postgresql_using="gin")
    for column in ("tsv", "embedding"):  # every search reads these two of each chunk; text and sentences go out of line
        op.execute(f"ALTER TABLE note_chunks ALTER COLUMN {column} SET STORAGE MAIN")


def downgrade() -> None:
    op.execute("ALTER TABLE note_chunks ALTER COLUMN embedding SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE note_chunks ALTER COLUMN tsv SET STORAGE EXTENDED")
    op.create_index("ix_note_chunks_tsv", "note_chunks", ["tsv"], unique=False, postgresql_using="gin")
    op.create_index("ix_note_chunks_user_id", "note_chunks", ["user_id"], unique=False)
    op.drop_index(op.f("ix_note_chunks_user_id_language"), table_name="note_chunks")
