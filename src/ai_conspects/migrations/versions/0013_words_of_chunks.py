"""Chunks keep their words as numbers, so that a search reads no text again. Old rows get theirs when first searched."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import SPARSEVEC

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '500ms'")
    op.add_column("note_chunks", sa.Column("words", SPARSEVEC(1_000_000_000), nullable=True))
    op.add_column("note_chunks", sa.Column("tokens", sa.LargeBinary(), nullable=True))
    # every search multiplies the words of each of its owner's chunks: in the row, and never compressed
    op.execute("ALTER TABLE note_chunks ALTER COLUMN words SET STORAGE PLAIN")
    op.execute("ALTER TABLE note_chunks ALTER COLUMN tokens SET STORAGE EXTERNAL")
    # whoever changes a text, the release before as well: the words of the old one are no more
    op.execute(
        """
        CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.words := NULL; NEW.tokens := NULL; RETURN NEW; END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER forget_words BEFORE UPDATE OF text, language ON note_chunks FOR EACH ROW
        WHEN (OLD.text <> NEW.text OR OLD.language <> NEW.language) EXECUTE FUNCTION forget_words()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_words ON note_chunks")
    op.execute("DROP FUNCTION forget_words")
    op.drop_column("note_chunks", "tokens")
    op.drop_column("note_chunks", "words")
