"""Row-level security: a second wall around every user's rows, behind the queries' own conditions."""

from alembic import op

from ai_conspects.migrations.row_security import OWN, protect, unprotect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WITH_OWNER = (
    "audio_recordings", "auth_sessions", "chat_messages", "citations", "conversations", "device_credentials",
    "note_chunks", "note_refreshes", "note_relationships", "note_templates", "notes", "one_time_codes",
    "processing_batches", "recording_steps", "segments", "sources", "tags", "transcripts", "uploads", "web_searches",
    "webhook_deliveries", "webhooks",
)  # fmt: skip

OTHERS = {
    "users": OWN.replace("user_id", "id", 1),
    # by their parents, whose own policies decide
    "note_tags": (
        "EXISTS (SELECT FROM notes WHERE notes.id = note_id) AND EXISTS (SELECT FROM tags WHERE tags.id = tag_id)"
    ),
    "refresh_tokens": "EXISTS (SELECT FROM auth_sessions WHERE auth_sessions.id = session_id)",
    "upload_parts": "EXISTS (SELECT FROM uploads WHERE uploads.id = upload_id)",
}


def upgrade() -> None:
    # shorter than a deadlock takes to be found: this gives way, not those who work (see `migrations.upgrade`)
    op.execute("SET LOCAL lock_timeout = '500ms'")
    for table in WITH_OWNER:
        protect(table)
    for table, own in OTHERS.items():
        protect(table, own)


def downgrade() -> None:
    for table in (*OTHERS, *WITH_OWNER):
        unprotect(table)
