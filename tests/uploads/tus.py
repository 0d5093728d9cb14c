"""A client that speaks tus by hand, header by header, so that a test can also speak it wrongly."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from tests.accounts.devices import Device

BYTES = "application/offset+octet-stream"


def encoded(metadata: dict[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@dataclass(frozen=True)
class Tus:
    """One user's. Every answer is given back as it came."""

    client: TestClient
    device: Device

    def asked(self, method: str, url: str = "/v1/uploads", *, content: Any = None, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Tus-Resumable": "1.0.0", **self.device.headers, **given}
        return self.client.request(method, url, content=content, headers=sent)

    def create(self, length: int, **metadata: str) -> Any:
        return self.asked("POST", Upload_Length=str(length), Upload_Metadata=encoded(metadata))

    def created(self, length: int, **metadata: str) -> str:
        """The new upload's URL."""
        answer = self.create(length, **metadata)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    def patch(self, url: str, offset: int, data: Any, **headers: str) -> Any:
        return self.asked(
            "PATCH", url, content=data, **{"Upload_Offset": str(offset), "Content_Type": BYTES, **headers}
        )

    def offset(self, url: str) -> int:
        answer = self.asked("HEAD", url)
        assert answer.status_code == 200
        return int(answer.headers["upload-offset"])
