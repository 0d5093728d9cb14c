"""A client that a generator made of `/openapi.json` works with a server as it is started in earnest."""

import importlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.api.processes import environment, serving

PACKAGE = "generated_client"
CONFIG = """
package_name_override: generated_client
post_hooks: []
content_type_overrides: {content_types}
"""


JSON = {"application/json", "application/problem+json"}


def generate(description: Path, into: Path) -> None:
    """A package of functions and classes; warnings of the generator are failures."""
    binary = sorted(set(re.findall(r'"((?:audio|application)/[a-z0-9.+*-]+)"', description.read_text())) - JSON)
    kinds = dict.fromkeys(binary, "application/octet-stream")
    into.parent.mkdir()
    config = into.parent / "config.yml"
    config.write_text(CONFIG.replace("{content_types}", repr(kinds)))
    command = (
        str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--path", str(description),
        "--output-path", str(into), "--meta", "none", "--config", str(config), "--fail-on-warning",
    )  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stdout + made.stderr


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def call(path: str) -> Any:
    """`notes.create_note` → the generated module, with `sync` and `sync_detailed`."""
    return importlib.import_module(f"{PACKAGE}.api.{path}")


def models() -> Any:
    return importlib.import_module(f"{PACKAGE}.models")


@pytest.mark.timeout(180)
def test_a_generated_client_works(database_url: str, broker_url: str, tmp_path: Path) -> None:
    env = environment(database_url, broker_url, tmp_path)
    with serving(env, tmp_path / "log") as http:
        description = tmp_path / "openapi.json"
        description.write_bytes(http.get("/openapi.json").content)
        generate(description, tmp_path / "made" / PACKAGE)
        with importable(tmp_path / "made"):
            use(str(http.base_url))


def use(url: str) -> None:
    """What an app does, from its registration to its end."""
    made = importlib.import_module(PACKAGE)
    quiet = {"httpx_args": {"trust_env": False}}
    with made.Client(base_url=url, **quiet) as stranger:
        body = models().RegisterBody(device_id="generated")
        token = call("authentication.register").sync(client=stranger, body=body).access_token
    with made.AuthenticatedClient(base_url=url, token=token, **quiet) as client:
        work_with(client)


def work_with(client: Any) -> None:
    """Notes, tags, the graph, an export, and the end."""
    first, second = (written(client, title, ["Физика", "лекция"]) for title in ("Первая", "Вторая"))
    page = call("notes.list_notes").sync(client=client, limit=1, tag=["физика"])
    assert [note.title for note in page.items] == ["Вторая"]
    rest = call("notes.list_notes").sync(client=client, limit=1, tag=["физика"], cursor=page.next_cursor)
    assert [note.title for note in rest.items] == ["Первая"]
    assert rest.next_cursor is None
    change_with_its_etag(client, first)
    tags = call("tags.list_tags").sync(client=client)
    assert [(tag.name, tag.note_count) for tag in tags.items] == [("лекция", 2), ("Физика", 2)]
    graph = call("graph.get_graph").sync(client=client)
    assert (graph.edges, graph.is_partial) == ([], False)
    act = models().BulkBody(action=models().BulkBodyAction("delete"), ids=[second.id])
    done = call("notes.change_notes").sync(client=client, body=act)
    assert [one.status for one in done.results] == ["done"]
    missing = call("notes.get_note").sync_detailed(client=client, note_id=second.id)
    assert missing.status_code == 404
    exported = call("users.export_me").sync_detailed(client=client)
    assert "Notes/Новое.md" in zipfile.ZipFile(BytesIO(exported.content)).namelist()
    assert call("users.delete_me").sync_detailed(client=client).status_code == 204
    assert call("users.get_me").sync_detailed(client=client).status_code == 401


def written(client: Any, title: str, tags: list[str]) -> Any:
    body = models().NewNoteBody(title=title, content="Слова.", tags=tags)
    return call("notes.create_note").sync(client=client, body=body)


def change_with_its_etag(client: Any, note: Any) -> None:
    change = call("notes.change_note")
    etag = call("notes.get_note").sync_detailed(client=client, note_id=note.id).headers["ETag"]
    body = models().NoteChange(title="Новое", is_favorite=True)
    changed = change.sync_detailed(client=client, note_id=note.id, body=body, if_match=etag)
    assert (changed.status_code, changed.parsed.title, changed.parsed.is_favorite) == (200, "Новое", True)
    refused = change.sync_detailed(client=client, note_id=note.id, body=body, if_match=etag)
    assert refused.status_code == 412
