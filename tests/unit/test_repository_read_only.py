"""Read only: nothing writes to a source of bank files, or could start a payment (DOMAIN A3)."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workbench"
# What a file system of fsspec is asked to change something with.
WRITING = frozenset({
    "put", "put_file", "pipe", "pipe_file", "rm", "rm_file", "rmdir", "delete", "mv", "move",
    "rename", "cp", "copy", "cp_file", "touch", "mkdir", "mkdirs", "makedirs", "upload", "expire",
    "setxattrs", "chmod", "invalidate", "execute", "transaction", "start_transaction",
})  # fmt: skip
# Orders that move money, by their names in ISO 20022 and in the interfaces of banks.
ORDERS = re.compile(
    r"pain\.00[18]|CstmrCdtTrfInitn|CstmrDrctDbtInitn|payment-requests|payments/sepa|"
    r"CdtTrfTxInf|DrctDbtTxInf|InstdAmt"
)
# They tell such a file from the others, in order to refuse it, or read what became of one.
READERS_OF_ORDERS = frozenset({"sniff.py", "camt_entry.py", "pain002.py", "iso20022.py"})


def changes(source: str) -> list[tuple[int, str]]:
    """Returns line and name of each call on something opened by `remote` that changes it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITING:
                found.append((node.lineno, name))
            case ast.Call(
                func=ast.Attribute(attr="open"), args=[_, ast.Constant(str(mode)), *_]
            ) if mode != "rb":
                found.append((node.lineno, f"open {mode}"))
    return found


@pytest.mark.parametrize("module", ["loaders/sources.py", "loaders/remote.py"])
def test_a_source_is_only_listed_and_read(module: str) -> None:
    assert changes((PACKAGE / module).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("place.files.rm(path)", [(1, "rm")]),
        ("self._place.files.put_file(a, b)", [(1, "put_file")]),
        ("files.open(path, 'wb')", [(1, "open wb")]),
        ("files.open(path, 'rb')", []),
        ("files.ls(path); files.info(path)", []),
    ],
)
def test_a_change_is_seen(source: str, found: list[tuple[int, str]]) -> None:
    assert changes(source) == found


def test_only_sources_and_the_archive_open_addresses() -> None:
    users = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"loaders\.remote import .*\bconnect\b", path.read_text(encoding="utf-8"))
    }
    assert users == {"sources.py", "archive.py"}
    importers = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^\s*(?:import|from) (?:fsspec|s3fs|sshfs|asyncssh|aiohttp)\b",
                     path.read_text(encoding="utf-8"), re.MULTILINE)
    }  # fmt: skip
    assert importers == {"remote.py"}


def test_nothing_writes_an_order() -> None:
    named = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if ORDERS.search(path.read_text(encoding="utf-8"))
    }
    assert named <= READERS_OF_ORDERS
    for name in named:
        source = next(PACKAGE.rglob(name)).read_text(encoding="utf-8")
        # A reader makes no XML.
        assert not re.search(r"SubElement|tostring|xmlfile|\.write\(", source), name
