"""The same movement in two files has one identity; two movements have two (DOMAIN A1)."""

from dataclasses import replace
from datetime import date

import pytest

from workbench.domain.records import BankStatement, Entry
from workbench.loaders.identity import movement_id, movement_identities

DAY = date(2026, 10, 31)
IBAN = "FR7630006000011234567890189"


def entry(label: str = "VIR", cents: int = 500, reference: str = "", day: date = DAY) -> Entry:
    return Entry(day, cents, label, bank_reference=reference)


def statement(*entries: Entry, closing: int | None = None, **fields: str) -> BankStatement:
    return BankStatement(
        iban=fields.get("iban", IBAN),
        currency=fields.get("currency", "EUR"),
        opening_cents=None if closing is None else 0,
        closing_cents=closing,
        entries=entries,
    )


def keys(*entries: Entry, closing: int | None = None, **fields: str) -> list[str]:
    return movement_identities(statement(*entries, closing=closing, **fields))[0]


def dropped(*entries: Entry, closing: int | None = None) -> list[int]:
    return movement_identities(statement(*entries, closing=closing))[1]


# --- across files


@pytest.mark.parametrize("reference", ["", "R1"])
def test_overlapping_files_give_the_same_keys(reference: str) -> None:
    first = [entry("A", 1, reference), entry("B", 2, reference), entry("C", 3, reference)]
    assert keys(*first[1:]) == keys(*first)[1:]


def test_label_of_a_referenced_movement_may_change_from_format_to_format() -> None:
    assert keys(entry("VIR SEPA DUPONT", reference="R1")) == keys(entry("DUPONT", reference="R1"))


def test_white_space_of_a_label_does_not_matter() -> None:
    assert keys(entry("VIR  SEPA\u00a0X ")) == keys(entry("VIR SEPA X"))


@pytest.mark.parametrize("reference", ["", "R1"])
def test_anything_else_makes_another_movement(reference: str) -> None:
    base = keys(entry("A", 500, reference))
    others = [
        keys(entry("A", 501, reference)),
        keys(entry("A", -500, reference)),
        keys(entry("A", 500, reference, day=date(2026, 11, 1))),
        keys(entry("A", 500, reference), iban="FR7630004000031234567890143"),
        keys(entry("A", 500, reference), currency="CHF"),
        keys(entry("A", 500, "R2")),
    ]
    assert len({key for found in [base, *others] for key in found}) == 7


def test_label_tells_apart_what_has_no_reference() -> None:
    assert keys(entry("A")) != keys(entry("B"))


@pytest.mark.parametrize("blank", ["", "0000000", "NOTPROVIDED", "NONREF"])
def test_reference_that_is_none_is_not_one(blank: str) -> None:
    assert keys(entry("A", reference=blank)) == keys(entry("A"))
    assert keys(entry("A", reference=blank)) != keys(entry("B", reference=blank))


def test_no_currency_is_euro() -> None:
    assert keys(entry(), currency="") == keys(entry(), currency="EUR")


def test_reference_and_label_of_the_same_words_are_two_movements() -> None:
    assert keys(entry("X", reference="A")) != keys(entry("A"))


# --- twins without a reference


@pytest.mark.parametrize("closing", [None, 1000, 500])
def test_twins_without_reference_are_two_movements(closing: int | None) -> None:
    found, gone = movement_identities(statement(entry(), entry(), closing=closing))
    assert len(set(found)) == 2
    assert gone == []
    # The file with one of them knows one of the two.
    assert keys(entry())[0] in found


# --- the same reference twice


def test_twins_with_one_reference_are_told_by_the_balance() -> None:
    found, gone = movement_identities(
        statement(entry(reference="R1"), entry(reference="R1"), closing=1000)
    )
    assert len(set(found)) == 2
    assert gone == []


def test_repetition_is_told_by_the_balance_whatever_its_label() -> None:
    twice = [entry("A", reference="R1"), entry("B", reference="R1"), entry("C", 7, "R2")]
    found, gone = movement_identities(statement(*twice, closing=507))
    assert found[0] == found[1] != found[2]
    assert gone == [1]


def test_without_balance_the_label_tells() -> None:
    assert dropped(entry("A", reference="R1"), entry("A ", reference="R1")) == [1]
    assert dropped(entry("A", reference="R1"), entry("B", reference="R1")) == []
    assert len(set(keys(entry("A", reference="R1"), entry("B", reference="R1")))) == 2


def test_balance_that_fits_neither_way_leaves_it_to_the_label() -> None:
    assert dropped(entry("A", reference="R1"), entry("A", reference="R1"), closing=77) == [1]
    assert dropped(entry("A", reference="R1"), entry("B", reference="R1"), closing=77) == []


def test_three_times_with_two_labels_are_two_movements() -> None:
    entries = [entry(label, reference="R1") for label in "ABA"]
    assert dropped(*entries) == [2]
    assert len(set(keys(*entries))) == 2


@pytest.mark.parametrize("closing", [None, 1500])
def test_order_of_the_file_changes_no_key(closing: int | None) -> None:
    entries = [entry(label, reference="R1") for label in "ABC"]
    forward = dict(zip("ABC", keys(*entries, closing=closing), strict=True))
    backward = dict(zip("CBA", keys(*reversed(entries), closing=closing), strict=True))
    assert forward == backward


def test_keys_that_stay_are_all_different() -> None:
    entries = [entry(label, cents, reference) for label in "AAB" for cents in (1, 1, 2)
               for reference in ("", "R1")]  # fmt: skip
    found, gone = movement_identities(statement(*entries))
    kept = [key for index, key in enumerate(found) if index not in gone]
    assert len(set(kept)) == len(kept)
    assert set(kept) == set(found)


# --- the identifier


def test_identifier_starts_with_the_day_and_stays_for_ever() -> None:
    # Ledgers hold these: another way to make them would import every movement a second time.
    (key,) = keys(entry("VIR", 500, "R1"))
    assert movement_id(key, DAY) == "M20261031-b0278fdea8d5b8db"


def test_entry_currency_counts() -> None:
    foreign = replace(entry("A"), extra={"currency": "CHF"})
    assert keys(foreign) != keys(entry("A"))
