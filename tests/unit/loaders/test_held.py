"""Entries wait in memory or on the disk, and come back as they were."""

from datetime import date

import pytest

from workbench.domain.records import Entry, EntryPart
from workbench.loaders.held import EntryShelf, HeldEntries

WHOLE = Entry(
    date(2026, 10, 31), -1_234, "é 東京 \x1f", date(2026, 11, 2), "NOÉ", "FR76", "CAF", "R", "E",
    "M", "RF18", "PMNT", "AM04", reversal=True,
    parts=(
        EntryPart(-1_000, "A", "I", "E1", "M1", "pour", "AC04", "U", "B", "RF"), EntryPart(-234),
    ),
    place=17, batch_reference="B7", extra={"zone": "x", "currency": "CHF"},
)  # fmt: skip


def entries(count: int) -> list[Entry]:
    return [Entry(date(2026, 1, 1), n, f"VIR {n}", place=n) for n in range(count)]


@pytest.mark.parametrize("in_memory", [0, 1_500, 10_000])
def test_all_come_back_in_their_order_as_often_as_asked(in_memory: int) -> None:
    with EntryShelf(in_memory=in_memory) as shelf:
        first, second = HeldEntries(shelf), HeldEntries(shelf)
        told = [WHOLE, *entries(2_500)]
        for entry in told:
            first.append(entry)
        for entry in told[:1_200]:
            second.append(entry)
        assert (len(first), len(second)) == (2_501, 1_200)
        # Read together, as they share one file.
        assert [a for a, _ in zip(first, second, strict=False)] == told[:1_200]
        assert list(first) == list(first) == told
        assert list(second) == told[:1_200]


@pytest.mark.parametrize("entry", [WHOLE, Entry(date(2026, 1, 1), 0, "")])
def test_every_field_comes_back(entry: Entry) -> None:
    with EntryShelf(in_memory=0) as shelf:
        held = HeldEntries(shelf)
        for _ in range(1_000):
            held.append(entry)
        back = list(held)
        assert back[0] is not entry
        assert back == [entry] * 1_000


def test_what_is_on_the_disk_goes_with_the_shelf() -> None:
    shelf = EntryShelf(in_memory=0)
    held = HeldEntries(shelf)
    for entry in entries(1_000):
        held.append(entry)
    shelf.close()
    shelf.close()
    with pytest.raises(ValueError, match="closed"):
        list(held)
