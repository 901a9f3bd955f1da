"""Text files made to cost time: read or refused in a time that goes with their length."""

import time
from contextlib import suppress

import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source

_MT940 = b":20:x\n:25:1\n:60F:C260101EUR1,\n:61:260101C1,00NMSCX\n"
_CLOSED = b"\n:62F:C260101EUR1,\n"
HOSTILE = {
    "comments": b"<!-- -->" * 8_000,
    "instructions": b"<??>" * 16_000 + b"<ofx",
    "cdata without end": b"<OFX>" + b"<A><![CDATA[" * 15_000,
    "cdata of marks": b"<OFX><A><![CDATA[" + b"<]" * 50_000,
    "transactions without end": b"<OFX><STMTRS>" + b"<STMTTRN>" * 50_000,
    "plus signs": _MT940 + b":86:166?20" + b"+" * 50_000 + _CLOSED,
    "words": _MT940 + b":86:166?20A" + b"+EREF" * 15_000 + _CLOSED,
    "slashes": _MT940 + b":86:" + b"/REMI/a" * 15_000 + _CLOSED,
    "blank lines": b"!Type:Bank\n" + b"\n" * 200_000 + b"^\n",
    "long date": b"!Type:Bank\nD" + b"1/" * 50_000 + b"\n^\n",
    "long amount": b"!Type:Bank\nD31/1/26\nT" + b"1," * 50_000 + b"\n^\n",
    "account names": b"!Account\nN" + b"FR76" * 15_000 + b"\n^\n!Type:Bank\n^\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_time(name: str) -> None:
    started = time.process_time()
    with suppress(UnreadableFileError):
        read_source(Source.of_bytes(HOSTILE[name], name="x"))
    assert time.process_time() - started < 3
