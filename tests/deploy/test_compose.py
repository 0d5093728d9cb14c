"""`docker-compose.yml`: by the rules of the Compose specification, and by ours."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from compose_spec import PyCompose
from pydantic import SecretStr

from ai_conspects.cli import reference
from ai_conspects.core.queue import QUEUES
from ai_conspects.core.settings import Settings
from tests.conftest import with_database
from tests.deploy.paths import DEPLOY

FILE = DEPLOY / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
ONCE = {"migrate", "bucket"}
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "ai-conspects"}

each_service = pytest.mark.parametrize("name", SERVICES)


def test_it_is_a_compose_file() -> None:
    PyCompose.from_json(json.dumps(COMPOSE)).validate()


def test_the_validator_sees_a_slip() -> None:
    slip = json.dumps(COMPOSE).replace("service_healthy", "service_hale")
    with pytest.raises(ValueError, match="service_hale"):
        PyCompose.from_json(slip).validate()


@each_service
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name not in {"store", "bucket"}:  # SeaweedFS's image has no user that could be named
        assert int(service["user"].split(":")[0]) > 0


@each_service
def test_it_is_known_when_a_part_is_well_unless_it_ends_by_itself(name: str) -> None:
    assert ("test" in SERVICES[name]["healthcheck"]) != (name in ONCE)


@each_service
def test_a_part_starts_when_what_it_needs_is_well_or_done(name: str) -> None:
    for other, needed in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert needed["condition"] == wanted, other


def test_nothing_works_before_the_tables_are_there() -> None:
    waiting = {name for name, one in OURS.items() if "migrate" in one["depends_on"]}
    assert waiting == OURS.keys() - {"migrate"}


def test_only_this_machine_reaches_what_is_published() -> None:
    assert [port for one in SERVICES.values() for port in one.get("ports", []) if not port.startswith("127.")] == []
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {name for name, one in SERVICES.items() if one["networks"] == ["inside"]} >= {"database", "queue", "store"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_and_every_secret_a_file(name: str) -> None:
    environment: dict[str, str] = OURS[name]["environment"]
    assert {variable.removesuffix("_FILE") for variable in environment} <= set(reference.variables())
    secret = {variable for variable in environment if re.search("KEY|URL|TOKEN|PASSWORD|SECRET", variable)}
    assert {variable for variable in secret if not variable.endswith("_FILE")} == set()
    mounted = {f"/run/secrets/{each}" for each in OURS[name]["secrets"]}
    assert {environment[variable] for variable in secret} == mounted


def test_only_the_job_that_changes_tables_knows_their_owner() -> None:
    assert [name for name, one in OURS.items() if "database_owner_url" in one["secrets"]] == ["migrate"]
    assert [name for name, one in OURS.items() if "DATABASE_OWNER_URL_FILE" in one["environment"]] == ["migrate"]


def test_every_queue_has_a_worker() -> None:
    commands = [one["command"] for one in OURS.values() if "worker" in one.get("command", [])]
    served = [queue for command in commands for queue in command[command.index("-Q") + 1].split(",")]
    assert sorted(served) == sorted(QUEUES)


def test_every_secret_is_made_and_nothing_is_made_twice(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets(folder)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert made.keys() == COMPOSE["secrets"].keys()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert min(map(len, made.values())) >= 32
    (folder / "jwt_secret_key").unlink()
    make_secrets(folder)
    again = {path.name: path.read_text() for path in folder.iterdir()}
    assert {name for name in made if made[name] != again[name]} == {"jwt_secret_key"}


def test_the_settings_are_read_from_the_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_secrets(tmp_path)
    for variable, value in OURS["api"]["environment"].items():
        monkeypatch.delenv(variable.removesuffix("_FILE"), raising=False)
        monkeypatch.setenv(variable, value.replace("/run/secrets", str(tmp_path)))
    read = Settings(_env_file=None)
    password = (tmp_path / "database_server_password").read_text()
    url = f"postgresql://ai_conspects_server:{password}@database:5432/ai_conspects"
    assert read.database_url.get_secret_value() == url
    assert read.database_owner_url == SecretStr("")
    assert read.s3_secret_key != SecretStr("")
    assert len(read.jwt_secret_key.get_secret_value()) == 64


def test_the_database_is_the_servers_own_and_nobody_elses(tmp_path: Path, postgres_url: str) -> None:
    """The script that PostgreSQL's image runs, on a real PostgreSQL; then the job of the migrations as it is set up."""
    from ai_conspects.cli.migrate import migrate
    from ai_conspects.embedded import programs

    make_secrets(tmp_path)
    bin_folder = programs.postgres(tmp_path, None, tmp_path)
    with psycopg.connect(postgres_url) as admin:
        user, host, password = admin.info.user, admin.info.host, admin.info.password
    env = {
        "PATH": f"{bin_folder}:{os.environ['PATH']}", "PGHOST": host, "PGPASSWORD": password, "POSTGRES_USER": user,
        "OWNER_PASSWORD_FILE": str(tmp_path / "database_password"),
        "SERVER_PASSWORD_FILE": str(tmp_path / "database_server_password"),
    }  # fmt: skip
    subprocess.run(["sh", DEPLOY / "postgres-init.sh"], env=env, check=True, capture_output=True, timeout=60)
    try:
        owner, server = (
            f"{(tmp_path / name).read_text().split('@')[0]}@/ai_conspects?host={host}"
            for name in ("database_owner_url", "database_url")
        )
        settings = Settings(_env_file=None, database_url=SecretStr(server), database_owner_url=SecretStr(owner))
        migrate(settings)
        with psycopg.connect(with_database(postgres_url, "ai_conspects")) as admin:
            roles = admin.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname LIKE 'ai_conspects_server'")
            owned = admin.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            assert roles.fetchone() == (False, False)
            assert owned.fetchall() == [("ai_conspects",)]
        with psycopg.connect(server) as connected:
            connected.execute("INSERT INTO note_refreshes SELECT * FROM note_refreshes")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connected.execute("ALTER TABLE users DISABLE ROW LEVEL SECURITY")
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP DATABASE ai_conspects WITH (FORCE)")
            admin.execute("DROP ROLE ai_conspects, ai_conspects_server")


def make_secrets(folder: Path) -> None:
    """As an operator makes them."""
    subprocess.run(["sh", DEPLOY / "make-secrets", folder], check=True, timeout=60)
