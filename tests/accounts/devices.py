"""Registered devices for tests."""

from dataclasses import dataclass
from uuid import UUID

from fastapi.testclient import TestClient


@dataclass(frozen=True)
class Device:
    """A device as its owner knows it after registering."""

    device_id: str
    user_id: UUID
    secret: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What it sends to say who it is."""
        return {"Authorization": f"Bearer {self.access_token}"}


def register(client: TestClient, device_id: str = "device-1") -> Device:
    """Register a new device, as the protocol writes it."""
    answer = client.post("/v1/auth/register", params={"device_id": device_id})
    assert answer.status_code == 200, answer.text
    given = answer.json()
    return Device(
        device_id, UUID(given["user_id"]), given["device_secret"], given["access_token"], given["refresh_token"]
    )
