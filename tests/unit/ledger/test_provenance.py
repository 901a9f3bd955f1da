"""Where facts came from: fetches by their last version, movements by a beginning, their origin."""

import pytest
from sqlalchemy.exc import DBAPIError

from tests import small_office
from tests.small_office import IBAN_1, fetch_something
from workbench.ledger import provenance
from workbench.ledger.store import Ledger


def last(ledger: Ledger, source: str = "banque") -> dict[str, provenance.Fetch]:
    with ledger.reading() as connection:
        return provenance.last_fetches(connection, source=source)


def test_the_last_version_of_each_path(empty: Ledger) -> None:
    assert last(empty) == {}
    first = fetch_something(empty)
    other = fetch_something(empty, path="a/b.xml", file_id="a" * 64)
    assert last(empty) == {"octobre.xml": first, "a/b.xml": other}
    again = fetch_something(empty, size=13, stamp="", file_id="b" * 64)
    assert last(empty) == {"octobre.xml": again, "a/b.xml": other}
    assert last(empty, "autre") == {}


def test_a_fetch_names_a_content(empty: Ledger) -> None:
    with pytest.raises(DBAPIError, match="names_content"):
        fetch_something(empty, file_id="f" * 63)


def test_what_is_imported(office: Ledger) -> None:
    files = [str(name) for name in office.frame("SELECT file_id FROM files")["file_id"]]
    with office.reading() as connection:
        many = [f"{n:064}" for n in range(1200)]
        assert provenance.imported(connection, [*many, *files]) == set(files)
        assert provenance.imported(connection, []) == set()
    assert provenance.is_imported(office, file_id=files[0])
    assert not provenance.is_imported(office, file_id="0" * 64)


def test_movements_by_a_beginning(office: Ledger) -> None:
    names = sorted(str(name) for name in office.frame("SELECT * FROM movements")["movement_id"])
    assert provenance.movements_beginning(office, "M-") == names[:11]
    assert provenance.movements_beginning(office, "M-noe") == ["M-noe"]
    assert provenance.movements_beginning(office, "M-no") == ["M-noe"]
    for nothing in ("M-noex", "%", "M%", "_-noe", "m-noe"):
        assert provenance.movements_beginning(office, nothing) == []


def test_origin_of_a_movement(office: Ledger) -> None:
    found = provenance.origin(office, movement_id="M-noe")
    assert (found.building_id, found.fetched) == ("B1", ())
    assert found.statement[0] == "10"
    assert provenance.origin(office, movement_id="M-inconnu").building_id == ""


def test_what_would_be_new(office: Ledger) -> None:
    known = small_office.october()
    other = small_office.statement(
        IBAN_1, small_office.entry(28, 500, "jamais vu"), small_office.entry(29, 600, "non plus"),
        number="11",
    )  # fmt: skip
    with office.reading() as connection:
        counts = provenance.new_of_each(connection, [*known, other, other], format="csv")
    # What a file says twice is new once.
    assert counts == [*[0] * len(known), 2, 0]


def test_a_fetch_is_no_decision(office: Ledger) -> None:
    before = len(office.frame("SELECT seq FROM journal"))
    fetch_something(office)
    assert len(office.frame("SELECT seq FROM journal")) == before
    assert small_office.items(office)
