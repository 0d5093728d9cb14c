"""A database with very many people's notes, made quickly: passages of real text, shared out at random.

Not for quality: everybody says much the same. It shows whether a search costs what its owner has, or what all have.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.models.note import sparse
from ai_conspects.text.read import read
from ai_conspects.text.sentences import split

POOL = 10_000
"""Different passages; the table repeats them."""
CHUNKS_PER_NOTE = 4


@dataclass(frozen=True)
class Crowd:
    """`owner` has `owner_notes` notes of `CHUNKS_PER_NOTE` chunks each, and all users together `chunks` chunks."""

    owner: UUID
    chunks: int
    owner_notes: int


def fill(
    url: str,
    paragraphs: Sequence[tuple[str, str]],
    chunks: int,
    owner_notes: int,
    users: int = 1_000,
    pool: int = POOL,
) -> Crowd:
    """Fill a migrated, empty database. `paragraphs` are (language, text); `pool` passages are made of them."""
    with psycopg.connect(url) as connection:
        connection.execute("SET statement_timeout = 0")
        # a tsvector takes longer to make than to copy: it is made once for each passage of the pool
        connection.execute("ALTER TABLE note_chunks ALTER COLUMN tsv DROP EXPRESSION")
        _pool(connection, paragraphs, pool)
        _people(connection, users)
        _notes(connection, chunks // CHUNKS_PER_NOTE, owner_notes, users, pool)
        connection.execute("DROP TABLE pool, people")
        (owner,) = connection.execute("SELECT id FROM users WHERE device_id = 'crowd-0'").fetchone() or (None,)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute("VACUUM (ANALYZE)")
    assert isinstance(owner, UUID)
    return Crowd(owner, chunks, owner_notes)


def _pool(connection: psycopg.Connection, paragraphs: Sequence[tuple[str, str]], size: int) -> None:
    """Passages of five sentences of one language, as chunks are."""
    dice = random.Random(5)
    sentences: dict[str, list[str]] = {}
    for language, paragraph in paragraphs:
        sentences.setdefault(language, []).extend(split(paragraph, language))
    languages = sorted(sentences)
    picked = [(languages[at % len(languages)],) for at in range(size)]
    passages = [(language, dice.sample(sentences[language], 5)) for (language,) in picked]
    vectors = HashedEmbeddings().embed([" ".join(said) for _, said in passages], kind="passage")
    connection.execute(
        "CREATE TABLE pool "
        "(n int PRIMARY KEY, language text, text text, sentences jsonb, tsv tsvector, embedding vector,"
        " words sparsevec, tokens bytea)"
    )
    copy = "COPY pool (n, language, text, sentences, embedding, words, tokens) FROM STDIN"
    with connection.cursor().copy(copy) as rows:
        for at, ((language, said), vector) in enumerate(zip(passages, vectors, strict=True)):
            stored = Jsonb(
                [{"text": s, "start_s": 8.0 * i, "end_s": 8.0 * i + 8, "confidence": 0.9} for i, s in enumerate(said)]
            )
            passage = read(said, language)
            direction = "[" + ",".join(f"{v:.5f}" for v in vector) + "]"
            words = sparse(passage.weights()).to_text()
            rows.write_row((at, language, " ".join(said), stored, direction, words, passage.packed()))
    connection.execute(
        "UPDATE pool SET tsv = to_tsvector(CASE language WHEN 'ru' THEN 'russian'::regconfig ELSE 'english' END, text)"
    )


def _people(connection: psycopg.Connection, users: int) -> None:
    connection.execute(
        "INSERT INTO users (id, device_id) SELECT gen_random_uuid(), 'crowd-' || n FROM generate_series(0, %s - 1) n",
        (users,),
    )
    connection.execute(
        "CREATE TABLE people AS "
        "SELECT row_number() OVER (ORDER BY device_id <> 'crowd-0', device_id) - 1 AS n, id FROM users"
    )


def _notes(connection: psycopg.Connection, notes: int, owner_notes: int, users: int, pool: int) -> None:
    """The owner's notes lie among everybody's, as they would have come over the years."""
    connection.execute(
        """
        CREATE TEMP TABLE fresh AS
        SELECT n, gen_random_uuid() AS id,
               CASE WHEN n %% (%(notes)s / %(mine)s) = 0 AND n < %(mine)s * (%(notes)s / %(mine)s) THEN 0
                    ELSE 1 + floor(random() * (%(users)s - 1)) END::int AS person
        FROM generate_series(0, %(notes)s - 1) n
        """,
        {"notes": notes, "mine": owner_notes, "users": users},
    )
    connection.execute(
        """
        INSERT INTO notes (id, user_id, title, summary, content, language, complexity_level, confidence, engine,
                           reading_time, created_at)
        SELECT f.id, p.id, left(o.text, 60), left(o.text, 200), o.text, o.language, 'basic', 0.9, 'extractive', 1,
               now() - make_interval(mins => f.n)
        FROM fresh f JOIN people p ON p.n = f.person JOIN pool o ON o.n = f.n %% %(pool)s ORDER BY f.n
        """,
        {"pool": pool},
    )
    connection.execute(
        """
        INSERT INTO note_chunks (id, note_id, user_id, position, language, text, start_s, end_s, sentences, tsv,
                                 embedding, embedding_model, words, tokens)
        SELECT gen_random_uuid(), f.id, p.id, k, o.language, o.text, 0, 40, o.sentences, o.tsv, o.embedding,
               'hashed-v1-384', o.words, o.tokens
        FROM fresh f JOIN people p ON p.n = f.person CROSS JOIN generate_series(0, %(each)s - 1) k
        JOIN pool o ON o.n = (f.n * 7919 + k * 104729) %% %(pool)s ORDER BY f.n, k
        """,
        {"each": CHUNKS_PER_NOTE, "pool": pool},
    )
