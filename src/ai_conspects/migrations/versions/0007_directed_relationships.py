"""From which of its two notes a relationship leads."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("note_relationships", sa.Column("from_note_id", sa.Uuid(), nullable=True))
    op.create_check_constraint(
        op.f("ck_note_relationships_from_one_of_them"),
        "note_relationships",
        "from_note_id IN (note_1_id, note_2_id)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_note_relationships_from_one_of_them"), "note_relationships")
    op.drop_column("note_relationships", "from_note_id")
