import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.domain.dates import Period
from workbench.domain.errors import ParameterError, WorkbenchError
from workbench.runs.output import (
    alone_in,
    building_folder_name,
    period_folder,
    sha256_of,
    write_whole,
)


@pytest.mark.parametrize("harmless", ["COPRO-01", "R1", "immeuble_3", "12 rue Foch", "a.b"])
def test_a_harmless_identifier_is_its_folder(harmless: str) -> None:
    assert building_folder_name(harmless) == harmless


@pytest.mark.parametrize(
    "identifier",
    ["../x", "..", ".", ".hidden", "a/b", "/etc", "a\\b", "", " ", "x.", "x ", "index.html", "a\0b",
     "a\nb", "C:x", "é" * 300, "b?c#d", "%2E"],
)  # fmt: skip
def test_no_identifier_leads_out_of_the_folder(identifier: str, tmp_path: Path) -> None:
    name = building_folder_name(identifier)
    place = tmp_path / name
    place.mkdir()
    assert place.resolve().parent == tmp_path.resolve()
    assert not name.startswith(".")
    assert name != "index.html"
    assert len(name.encode()) <= 255


def test_identifiers_that_look_alike_keep_apart() -> None:
    identifiers = ["a/b", "a%2Fb", "..", "%2E%2E", "", "%", "index.html", "index%2Ehtml",
                   "x" * 300, "x" * 299, "é", "%C3%A9", " a", "%20a"]  # fmt: skip
    assert len({building_folder_name(i) for i in identifiers}) == len(identifiers)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "one" / "page.html"
    assert write_whole(path, "Clôture") == hashlib.sha256("Clôture".encode()).hexdigest()
    assert sha256_of(path) == write_whole(path, "Clôture")
    assert sha256_of(tmp_path / "none") == ""
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    write_whole(path, "old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_the_period_has_a_folder(tmp_path: Path) -> None:
    assert period_folder(str(tmp_path / "a" / "b"), Period(2026, 10)).is_dir()
    assert (tmp_path / "a" / "b" / "2026-10").is_dir()


def test_an_impossible_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (str(tmp_path / "file"), "s3://bucket/out"):
        with pytest.raises(ParameterError, match=r"^--out : "):
            period_folder(out, Period(2026, 10))


def test_leftovers_are_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "B1").mkdir()
    kept = [tmp_path / "index.html", tmp_path / "B1" / "month_end.html", tmp_path / "B1" / "x.tmp"]
    left = [tmp_path / ".index.html.abc.tmp", tmp_path / "B1" / ".month_end.ipynb.abc.tmp"]
    for path in kept + left:
        path.write_text("x")
    with alone_in(tmp_path):
        assert not any(path.exists() for path in left)
    assert all(path.exists() for path in kept)


HOLDER = """
import sys
from pathlib import Path
from workbench.runs.output import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_never_share_a_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WorkbenchError, match="déjà en cours"), alone_in(tmp_path):
            raise AssertionError("held by another process")
        other.kill()  # no goodbye: the lock must end with the process
    with alone_in(tmp_path):
        pass
