"""Hugging Face's hub on a loopback port: the files of one repository, and on wish a download that breaks off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.stubs.serving import JSON, Handler, serving

COMMIT = "0" * 40


@dataclass
class ModelHub:
    """`breaks` names a file whose next download ends in the middle; `ranges` notes where downloads began."""

    url: str
    breaks: str = ""
    ranges: list[tuple[str, int]] = field(default_factory=list)


def _entry(file: Path) -> dict[str, Any]:
    data = file.read_bytes()
    large = {"oid": sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return {"type": "file", "path": file.name, "size": len(data), "oid": large["oid"], "lfs": large}


@contextmanager
def model_hub(repository: str, folder: Path) -> Iterator[ModelHub]:
    """Serves the files of `folder` as that repository's."""

    class Hub(Handler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].rpartition("/")[2]
            if self.path.startswith(f"/api/models/{repository}/tree/"):
                self._tell([_entry(file) for file in sorted(folder.iterdir())])
            elif self.path.startswith(f"/api/models/{repository}"):
                self._tell({"id": repository, "sha": COMMIT})
            elif self.path.startswith(f"/{repository}/resolve/") and (folder / name).is_file():
                self._send((folder / name).read_bytes(), name)
            else:
                self.send_error(404)

        do_HEAD = do_GET  # noqa: N815 (the standard library's name)

        def _tell(self, body: Any) -> None:
            self.send(200, json.dumps(body).encode(), JSON)

        def _send(self, data: bytes, name: str) -> None:
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(data) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if self.command == "HEAD":
                return
            hub.ranges.append((name, start))
            broken = hub.breaks == name
            self.wfile.write(data[start : len(data) // 2 if broken else None])
            self.close_connection = broken
            hub.breaks = "" if broken else hub.breaks

    with serving(Hub) as url:
        hub = ModelHub(url)
        yield hub
