"""Sources: what they list, what they give, and what is said when they cannot."""

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_servers import SftpServer, sftp_server, web_server, wire_to
from workbench.loaders.remote import Address
from workbench.loaders.sources import ChangedFileError, FileSource, OpenSource, SourceError

PASSWORD, WRONG = "secret", "hunter2"
BYTES = os.urandom(3_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bank"
    (folder / "2026").mkdir(parents=True)
    (folder / "a.xml").write_bytes(b"<a/>")
    (folder / "b é&%20.xml").write_bytes(b"<b/>")
    (folder / "2026" / "c.xml").write_bytes(b"<c/>")
    for name in (".hidden.xml", "~$d.xml", "d.xml.part", "e.tmp", "notes.pdf"):
        (folder / name).write_bytes(b"x")
    return folder


def source(url: str, **more: str | tuple[str, ...]) -> FileSource:
    password = str(more.pop("password", ""))
    return FileSource(name="banque", address=Address(url=url, password=password), **more)  # type: ignore[arg-type] # as given


def listed(url: str, **more: str | tuple[str, ...]) -> list[str]:
    return [file.path for file in OpenSource(source(url, **more)).files()]


@pytest.fixture
def sftp(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with sftp_server(folder, user="office", password=PASSWORD) as server:
        trust(tmp_path, server.port, server.known_hosts)
        yield server


def trust(home: Path, port: int, key: str) -> None:
    (home / ".ssh").mkdir(exist_ok=True)
    with (home / ".ssh" / "known_hosts").open("a") as known:
        known.write(f"[127.0.0.1]:{port} {key}\n")


@pytest.mark.parametrize(
    ("pattern", "exclude", "paths"),
    [
        ("*", (), ["a.xml", "b é&%20.xml", "notes.pdf"]),
        ("*.xml", (), ["a.xml", "b é&%20.xml"]),
        ("*.xml", ("a.*",), ["b é&%20.xml"]),
        ("*/*.xml", (), ["2026/c.xml"]),
        ("*/*.xml", ("2026/*",), []),
        ("*/*.xml", ("c.xml",), []),
        ("2025/*", (), []),
        ("*.XML", (), []),
    ],
)
def test_a_pattern_says_which_files_and_how_deep(
    folder: Path, pattern: str, exclude: tuple[str, ...], paths: list[str]
) -> None:
    assert listed(str(folder), pattern=pattern, exclude=exclude) == paths


def test_a_loop_of_links_ends(folder: Path) -> None:
    (folder / "2026" / "again").symlink_to(folder)
    assert listed(str(folder), pattern="*/*/*/*") == ["2026/again/2026/c.xml"]
    (folder / "to.xml").symlink_to(folder / "a.xml")
    (folder / "nowhere.xml").symlink_to(folder / "gone")
    assert "to.xml" in listed(f"file://{folder}", pattern="*.xml")


def test_every_protocol_lists_and_gives_the_same(
    folder: Path, sftp: SftpServer, tmp_path: Path
) -> None:
    with web_server(folder) as web:
        urls = [
            str(folder),
            f"file://{folder}",
            f"sftp://office@127.0.0.1:{sftp.port}/",
            f"http://127.0.0.1:{web.port}/",
        ]
        for url in urls:
            opened = OpenSource(source(url, pattern="*.xml", password=PASSWORD))
            files = opened.files()
            assert [(f.path, f.size) for f in files] == [("a.xml", 4), ("b é&%20.xml", 4)], url
            assert all(file.stamp for file in files), url
            for file, content in zip(files, (b"<a/>", b"<b/>"), strict=True):
                assert opened.fetch(file, tmp_path / "got") == hashlib.sha256(content).hexdigest()
                assert (tmp_path / "got").read_bytes() == content
            assert listed(url, pattern="*/*.xml", password=PASSWORD) == ["2026/c.xml"], url
    assert sftp.asked == ["open /a.xml", "open /b é&%20.xml"]


def test_a_web_address_may_be_one_file(folder: Path, tmp_path: Path) -> None:
    with web_server(folder) as web:
        opened = OpenSource(source(f"http://127.0.0.1:{web.port}/a.xml"))
        (file,) = opened.files()
        assert (file.path, file.size) == ("a.xml", 4)
        opened.fetch(file, tmp_path / "got")
        assert (tmp_path / "got").read_bytes() == b"<a/>"


@pytest.mark.parametrize("protocol", ["sftp", "http"])
def test_a_wire_cut_in_the_middle_leaves_nothing(
    folder: Path, sftp: SftpServer, tmp_path: Path, protocol: str
) -> None:
    (folder / "big.xml").write_bytes(BYTES)
    with web_server(folder) as web, wire_to(sftp.port if protocol == "sftp" else web.port) as wire:
        trust(tmp_path, wire.port, sftp.known_hosts)
        url = f"{protocol}://office@127.0.0.1:{wire.port}/"
        wire.cut_after = 1_000_000
        opened = OpenSource(source(url, pattern="big.xml", password=PASSWORD), patience_seconds=5)
        (file,) = opened.files()
        with pytest.raises(SourceError, match=r"^banque/big\.xml : .*(coupée|répond pas)"):
            opened.fetch(file, tmp_path / "got")
        assert not (tmp_path / "got").exists()
        wire.cut_after = None
        opened = OpenSource(source(url, pattern="big.xml", password=PASSWORD))
        assert opened.fetch(file, tmp_path / "got") == hashlib.sha256(BYTES).hexdigest()


def test_a_file_that_grows_while_it_is_read_waits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = OpenSource(source(str(folder), pattern="a.xml"))
    (file,) = opened.files()
    with (folder / "a.xml").open("ab") as writing:
        writing.write(b"more")
    with pytest.raises(ChangedFileError, match=r"banque/a\.xml : en cours d'écriture"):
        opened.fetch(file, tmp_path / "got")
    assert not (tmp_path / "got").exists()


def test_a_file_too_long_is_no_statement(folder: Path, tmp_path: Path) -> None:
    (folder / "big.xml").write_bytes(BYTES)
    opened = OpenSource(source(str(folder), pattern="big.xml"), max_bytes=len(BYTES) - 1)
    (file,) = opened.files()
    with pytest.raises(SourceError, match="ce n'est pas un relevé"):
        opened.fetch(file, tmp_path / "got")
    assert not (tmp_path / "got").exists()
    opened = OpenSource(source(str(folder), pattern="big.xml"), max_bytes=len(BYTES))
    opened.fetch(file, tmp_path / "got")


def test_a_server_nobody_knows_is_not_trusted(folder: Path, sftp: SftpServer) -> None:
    with wire_to(sftp.port) as wire, pytest.raises(SourceError, match="known_hosts"):
        OpenSource(source(f"sftp://office@127.0.0.1:{wire.port}/", password=PASSWORD))


def test_a_wrong_password_is_said_and_never_shown(sftp: SftpServer) -> None:
    with pytest.raises(SourceError) as refused:
        OpenSource(source(f"sftp://office@127.0.0.1:{sftp.port}/", password=WRONG))
    assert WRONG not in str(refused.value) + repr(refused.value)
    assert "banque" in str(refused.value)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, sftp: SftpServer) -> None:
    for url in (str(tmp_path / "gone"), f"sftp://office@127.0.0.1:{sftp.port}/gone"):
        opened = OpenSource(source(url, password=PASSWORD))
        with pytest.raises(SourceError, match=r"^banque : introuvable$"):
            opened.files()


def test_a_server_that_says_nothing_is_left(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        opened = OpenSource(source(url), patience_seconds=0.3)
        with pytest.raises(SourceError, match="ne répond pas"):
            opened.files()
        assert time.monotonic() - started < 3


def test_nobody_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SourceError, match="refuse la connexion"):
        OpenSource(source(f"http://127.0.0.1:{port}/")).files()
