"""The archive: bytes under their sha256, whole or not there, checked when they are read."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.archive import Archive, ArchiveError

CONTENT = b"\xef\xbb\xbfRELEV\xc9 42\r\n" * 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "relevé du jour.txt"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_of(tmp_path: Path) -> list[Path]:
    found = (f for f in (tmp_path / "archive").rglob("*") if f.is_file())
    return sorted(f for f in found if f.name != ".workbench-archive")


def test_what_is_kept_comes_back_byte_for_byte(archive: Archive, path: Path) -> None:
    file_id = sha256(CONTENT)
    assert not archive.has(file_id)
    archive.keep(path, file_id=file_id)
    assert archive.has(file_id)
    with archive.open(file_id) as stream:
        assert stream.read() == CONTENT
        stream.seek(3)
        assert stream.read(5) == b"RELEV"


def test_a_content_lies_under_its_name_once(archive: Archive, path: Path, tmp_path: Path) -> None:
    file_id = sha256(CONTENT)
    archive.keep(path, file_id=file_id)
    (kept,) = files_of(tmp_path)
    assert kept == tmp_path / "archive" / file_id[:2] / file_id[2:4] / file_id
    before = kept.stat()
    archive.keep(path, file_id=file_id)
    assert files_of(tmp_path) == [kept]
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_only_the_office_can_read_it(archive: Archive, path: Path, tmp_path: Path) -> None:
    archive.keep(path, file_id=sha256(CONTENT))
    (kept,) = files_of(tmp_path)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_file_that_changed_meanwhile_is_not_kept(
    archive: Archive, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match="a changé pendant sa lecture"):
        archive.keep(path, file_id=sha256(b"what was read"))
    assert files_of(tmp_path) == []


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT[:-1] + b"X", b""])
def test_what_changed_in_the_archive_is_refused(
    archive: Archive, path: Path, tmp_path: Path, damage: bytes
) -> None:
    file_id = sha256(CONTENT)
    archive.keep(path, file_id=file_id)
    (kept,) = files_of(tmp_path)
    kept.write_bytes(damage)
    with pytest.raises(ArchiveError, match="n'a plus le contenu de son empreinte"):
        archive.open(file_id)


def test_a_file_cut_by_a_failing_disk_is_written_anew(
    archive: Archive, path: Path, tmp_path: Path
) -> None:
    file_id = sha256(CONTENT)
    archive.keep(path, file_id=file_id)
    (kept,) = files_of(tmp_path)
    kept.write_bytes(CONTENT[:100])
    archive.keep(path, file_id=file_id)
    with archive.open(file_id) as stream:
        assert stream.read() == CONTENT


def test_what_is_not_there_is_said(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"0000000000000000… n'y est pas"):
        archive.open("0" * 64)
    with pytest.raises(ArchiveError, match="n'y est pas"):
        archive.bring("0" * 64, to=tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_an_archive_that_cannot_be_written_is_said(path: Path, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file, no folder")
    with pytest.raises(ArchiveError, match=r"^archive "):
        Archive(str(tmp_path / "archive")).keep(path, file_id=sha256(CONTENT))


def test_an_interrupted_write_leaves_nothing_under_the_name(
    archive: Archive, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        archive.keep(path, file_id=sha256(CONTENT))
    assert files_of(tmp_path) == []
    assert not archive.has(sha256(CONTENT))


def test_any_file_system_can_hold_it(path: Path, tmp_path: Path) -> None:
    """`memory://` stands for those that are neither a folder nor objects: put, then renamed."""
    archive = Archive(f"memory://{tmp_path.name}/archive")
    file_id = sha256(CONTENT)
    assert not archive.has(file_id)
    archive.keep(path, file_id=file_id)
    archive.keep(path, file_id=file_id)
    assert archive.has(file_id)
    with archive.open(file_id) as stream:
        assert stream.read() == CONTENT
    names = archive._place().files.find(archive._place().root)  # noqa: SLF001 - no leftovers
    assert [name.rpartition("/")[2] for name in names] == [file_id]
    with pytest.raises(UnreadableFileError, match="a changé"):
        archive.keep(path, file_id="0" * 64)
    with pytest.raises(ArchiveError, match="n'y est pas"):
        archive.open("0" * 64)
