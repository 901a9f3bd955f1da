"""The journal's chain: one JSON text, one hash, one order."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests import small_office
from workbench.domain.errors import InvariantError
from workbench.ledger import journal, views
from workbench.ledger.journal import Head, JournalEntry
from workbench.ledger.store import Ledger


def test_canonical_text_is_one() -> None:
    assert journal.canonical({"b": [1, 2.5, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,2.5,null]}'
    assert journal.canonical({"a": 1, "b": 2}) == journal.canonical({"b": 2, "a": 1})


def test_canonical_text_has_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        journal.canonical({"a": float("nan")})


def test_every_part_of_a_row_is_in_its_hash() -> None:
    row = {"previous": "p", "seq": 1, "at": "t", "actor": "a", "action": "x", "subject": "s",
           "data": "{}"}  # fmt: skip
    hashes = {journal.row_hash(**row)}  # type: ignore[arg-type]
    hashes |= {journal.row_hash(**(row | {k: 2 if k == "seq" else "other"})) for k in row}  # type: ignore[arg-type]
    assert len(hashes) == 1 + len(row)


def test_a_hash_can_be_computed_by_anyone(office: Ledger) -> None:
    # As docs say it: sha256 of the previous hash and the row's canonical JSON.
    previous = ""
    for row in views.journal(office).to_dict("records"):
        content = {k: row[k] for k in ("seq", "at", "actor", "action", "subject", "data")}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row["previous_hash"] == previous
        previous = hashlib.sha256((previous + canonical).encode()).hexdigest()
        assert row["hash"] == previous


def test_the_head_of_an_empty_journal(empty: Ledger) -> None:
    with empty.reading() as connection:
        assert journal.head(connection) == Head(0, "")


def test_entries_are_numbered_in_their_order(empty: Ledger) -> None:
    entries = [JournalEntry(action="import", subject=f"s{n}", data={"n": n}) for n in range(3)]
    with empty.writing() as connection:
        first = journal.append(connection, entries[:1], actor="a", at=small_office.AT)
        last = journal.append(connection, entries[1:], actor="b", at=small_office.AT)
        assert journal.append(connection, [], actor="b", at=small_office.AT) == last
        assert journal.head(connection) == last
    frame = views.journal(empty)
    assert list(frame["seq"]) == [1, 2, 3]
    assert list(frame["subject"]) == ["s0", "s1", "s2"]
    assert list(frame["actor"]) == ["a", "b", "b"]
    assert list(frame["hash"])[0::2] == [first.hash, last.hash]
    assert list(frame["previous_hash"])[1:] == list(frame["hash"])[:-1]


def test_moments_are_kept_in_universal_time(empty: Ledger) -> None:
    paris = datetime(2026, 11, 2, 0, 30, 15, 999, tzinfo=timezone(timedelta(hours=1)))
    entry = JournalEntry(action="import", subject="s", data={})
    with empty.writing() as connection:
        journal.append(connection, [entry], actor="a", at=paris)
    assert list(views.journal(empty)["at"]) == ["2026-11-01T23:30:15Z"]


def test_a_moment_without_a_zone_is_refused(empty: Ledger) -> None:
    entry = JournalEntry(action="import", subject="s", data={})
    naive = datetime(2026, 11, 2, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"), empty.writing() as connection:
        journal.append(connection, [entry], actor="a", at=naive)


def test_nobody_decides_nothing(empty: Ledger) -> None:
    entry = JournalEntry(action="import", subject="s", data={})
    with pytest.raises(InvariantError), empty.writing() as connection:
        journal.append(connection, [entry], actor="", at=small_office.AT)
    assert views.journal(empty).empty


def test_a_seal_changes_with_any_value_and_the_whole_with_any_order() -> None:
    rows: list[tuple[object, ...]] = [(1, "a", ""), (2, "", "a")]
    kept, digest = journal.sealed(rows)
    assert [row[:-1] for row in kept] == rows
    assert len({row[-1] for row in kept}) == 2
    assert all(len(row[-1]) == journal.SEAL_LENGTH for row in kept)
    assert journal.sealed(reversed(rows))[1] != digest
    assert journal.sealed(rows[:1])[1] != digest
    assert journal.sealed([])[1] == hashlib.sha256().hexdigest()
