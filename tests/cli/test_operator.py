"""`invite` and `recover` beside a server, as whoever runs it uses them."""

from pathlib import Path

import httpx
import pytest

from tests.cli.commands import CommandLine
from tests.e2e.homes import new_home

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


def test_codes_of_the_command_line_open_the_running_server(tmp_path: Path) -> None:
    with new_home() as home:
        line = CommandLine(home, tmp_path)
        refused = line.run("invite")
        assert (refused.returncode, "ai-conspects serve" in refused.stderr) == (1, True)
        with line.serving(AI_CONSPECTS_AUTH__REGISTRATION="invite") as serving:
            register = f"{serving.url}/v1/auth/register"
            assert httpx.post(register, json={"device_id": "phone"}).status_code == 403
            invited = {"device_id": "phone", "invitation": line.run("invite").stdout.strip()}
            assert httpx.post(register, json=invited).status_code == 200

            nobody = line.run("recover", "nobody")
            assert (nobody.returncode, "nobody" in nobody.stderr) == (1, True)
            code = line.run("recover", "phone").stdout.strip()
            given = httpx.post(f"{serving.url}/v1/auth/recover", json={"device_id": "phone", "code": code}).json()
            proof = {"device_id": "phone", "device_secret": given["device_secret"]}
            assert httpx.post(f"{serving.url}/v1/auth/login", json=proof).status_code == 200
