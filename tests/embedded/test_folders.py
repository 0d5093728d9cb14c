"""Where the stack puts things, and whom it lets near them."""

import os
import stat
from pathlib import Path

import pytest

from ai_conspects.embedded import account, paths, programs
from ai_conspects.embedded.account import Account
from ai_conspects.embedded.errors import HomeRefused, RunFolderRefused, Unreachable
from ai_conspects.embedded.paths import Home, RunFolder
from tests.embedded.stacks import mode, stack

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def nobody(new_home: Path) -> Account:
    """The account that PostgreSQL would get."""
    chosen = account.choose(new_home)
    assert chosen
    return chosen


@as_root
def test_a_home_that_the_databases_account_cannot_reach_is_refused_with_the_mend(new_home: Path) -> None:
    new_home.parent.chmod(0o700)
    with pytest.raises(Unreachable) as refused:
        stack(new_home).start()
    assert f"chmod o+x {new_home.parent}" in refused.value.detail
    assert refused.value.blocked_at == new_home.parent
    assert not new_home.exists()


@as_root
def test_a_home_that_was_made_private_before_is_named_itself(new_home: Path) -> None:
    new_home.mkdir(mode=0o700)
    with pytest.raises(Unreachable) as refused:
        stack(new_home).start()
    assert refused.value.blocked_at == new_home


@as_user
def test_a_home_that_we_may_not_write_is_refused_with_the_mend(new_home: Path) -> None:
    new_home.parent.chmod(0o500)
    with pytest.raises(HomeRefused, match="AI_CONSPECTS_HOME"):
        stack(new_home).start()


@as_root
def test_the_owner_of_existing_data_runs_them_again(new_home: Path) -> None:
    new_home.mkdir()
    os.chown(new_home, 65534, 65534)
    assert account.choose(new_home) == Account("nobody", 65534, 65534)


@as_root
def test_programs_out_of_reach_are_copied_once_to_where_they_can_be_run(
    new_home: Path, nobody: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = programs.postgres_in_wheel(new_home)
    monkeypatch.setattr(programs, "first_blocked", lambda *_: wheel)  # as if the environment lay below /root
    new_home.mkdir(mode=0o711)
    copied = programs.postgres(new_home / "data", nobody, new_home / "programs")
    assert copied.is_relative_to(new_home)
    assert account.first_blocked(nobody, copied) is None
    assert programs.told_version(copied / "initdb").endswith(programs.told_version(wheel / "postgres").split()[-1])
    before = (copied / "postgres").stat().st_ino
    again = programs.postgres(new_home / "data", nobody, new_home / "programs")
    assert (again / "postgres").stat().st_ino == before


def test_a_socket_path_is_short_whatever_the_home_is() -> None:
    run = paths.run_folder(Home(Path("/" + "a-very-long-folder-name/" * 20)), None)
    assert len(os.fsencode(run.postgres / ".s.PGSQL.5432")) <= paths.LONGEST_SOCKET


def test_every_home_has_its_own_run_folder_and_always_the_same() -> None:
    first, again, other = (paths.run_folder(Home(Path(name)), None).root for name in ("/a", "/a", "/b"))
    assert first == again
    assert first != other


def test_a_run_folder_of_ours_is_used_again_empty(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    paths.make_run_folder(run, None)
    (run.root / "left").touch()
    paths.make_run_folder(run, None)
    assert not (run.root / "left").exists()
    assert mode(run.valkey) == mode(run.postgres) == 0o700


def test_a_run_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.root.mkdir()
    run.root.chmod(0o777)
    with pytest.raises(RunFolderRefused, match="open to others"):
        paths.make_run_folder(run, None)


@as_root
def test_a_run_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.root.mkdir(mode=0o700)
    os.chown(run.root, 65534, 65534)
    with pytest.raises(RunFolderRefused, match="someone else"):
        paths.make_run_folder(run, None)


def test_a_link_in_place_of_the_run_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunFolderRefused, match="not a folder"):
        paths.make_run_folder(RunFolder(tmp_path / "run"), None)
    assert stat.S_ISLNK((tmp_path / "run").lstat().st_mode)
