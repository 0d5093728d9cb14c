"""Notes that people write and edit, tags whose names are folded, notes whose vectors have yet to follow their text."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOVE_TO_THE_FIRST_OF_EQUALS = """
    INSERT INTO note_tags (note_id, tag_id, confidence)
    SELECT note_tags.note_id, first.id, max(note_tags.confidence)
    FROM tags AS other
    JOIN tags AS first ON first.user_id = other.user_id AND first.name_key = other.name_key
    JOIN note_tags ON note_tags.tag_id = other.id
    WHERE first.id = (SELECT min(id::text)::uuid FROM tags AS t
                      WHERE t.user_id = other.user_id AND t.name_key = other.name_key)
      AND other.id <> first.id
    GROUP BY note_tags.note_id, first.id
    ON CONFLICT DO NOTHING
"""
REMOVE_THE_OTHERS = """
    DELETE FROM tags AS other USING tags AS first
    WHERE first.user_id = other.user_id AND first.name_key = other.name_key AND first.id::text < other.id::text
"""


def upgrade() -> None:
    op.add_column("notes", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "notes",
        sa.Column("edited_fields", postgresql.ARRAY(sa.String(32)), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("notes", sa.Column("origin_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_notes_user_id_origin_id"), "notes", ["user_id", "origin_id"])
    op.alter_column("notes", "confidence", nullable=True)
    op.add_column(
        "note_chunks", sa.Column("is_authored", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    folded = sa.Computed("lower(normalize(name, NFKC))", persisted=True)
    op.add_column("tags", sa.Column("name_key", sa.Text(), folded, nullable=False))
    op.execute(MOVE_TO_THE_FIRST_OF_EQUALS)
    op.execute(REMOVE_THE_OTHERS)
    op.create_unique_constraint(op.f("uq_tags_user_id_name_key"), "tags", ["user_id", "name_key"])
    op.create_table(
        "note_refreshes",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("relate", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["notes.id"], name=op.f("fk_note_refreshes_note_id_notes"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_note_refreshes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_note_refreshes")),
    )
    op.create_index(op.f("ix_note_refreshes_due_at"), "note_refreshes", ["due_at"])
    op.create_index(op.f("ix_note_refreshes_user_id"), "note_refreshes", ["user_id"])


def downgrade() -> None:
    op.drop_table("note_refreshes")
    op.drop_constraint(op.f("uq_tags_user_id_name_key"), "tags")
    op.drop_column("tags", "name_key")
    op.drop_column("note_chunks", "is_authored")
    op.execute("UPDATE notes SET confidence = 1 WHERE confidence IS NULL")
    op.alter_column("notes", "confidence", nullable=False)
    op.drop_constraint(op.f("uq_notes_user_id_origin_id"), "notes")
    for column in ("origin_id", "edited_fields", "edited_at"):
        op.drop_column("notes", column)
