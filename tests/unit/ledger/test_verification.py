"""A ledger changed by hand says which record is no longer what was written."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from tests import small_office
from tests.small_office import decide, decision, line
from workbench.domain.errors import LedgerError
from workbench.ledger import bank_facts, table_facts
from workbench.ledger.decisions import Verdict
from workbench.ledger.guards import drop_guards, install_guards
from workbench.ledger.journal import canonical, row_hash, sealed
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.verification import broken_records

REASONS = '{"sentence":"le code 45000001 est dans le libellé"}'


def decide_some(ledger: Ledger) -> Ledger:
    """Adds journal 7 (link 1, verdict 1), 8 (links 2 and 3) and 9 (link 4 undoes 1)."""
    items = small_office.items(ledger)
    decide(
        ledger,
        decision(
            line(items["M-noe"], items["D101"], 30_000),
            verdicts=(Verdict(item_id=items["M-frais"], kind="set_aside", reason="bank_fee"),),
            reasons=REASONS,
        ),
        decision(line(items["M-ait"], items["D102"], 100), line(items["R102"], items["D102"], 50)),
        decision(line(items["M-noe"], items["D101"], -30_000, reverses=1), action="undo"),
    )
    return ledger


@pytest.fixture
def decided(office: Ledger) -> Ledger:
    """A ledger of its own with decisions."""
    return decide_some(office)


@pytest.fixture(scope="module")
def common(common_office: Ledger) -> Ledger:
    """A ledger with decisions for all tests that leave it as it is."""
    return decide_some(common_office)


def tamper(connection: Connection, *statements: str) -> None:
    """Changes rows as someone would who has the database and takes the guards away for it."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    drop_guards(connection)
    for statement in statements:
        assert connection.exec_driver_sql(statement).rowcount != 0
    install_guards(connection)


class SeenInside(Ledger):
    """A ledger read through one connection, with what that one has not committed."""

    def __init__(self, ledger: Ledger, connection: Connection) -> None:
        super().__init__(url=ledger.url, engine=ledger.engine, read_only=True)
        self._inside = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._inside


def broken_after(ledger: Ledger, *statements: str) -> list[str]:
    """Returns what verification says after tampering, and takes the tampering back."""
    engine = create_engine(ledger.url)  # on SQLite, references do not hold unless asked for
    with engine.connect() as connection:
        tamper(connection, *statements)
        found = broken(SeenInside(ledger, connection))
        connection.rollback()
    engine.dispose()
    return found


def broken(ledger: Ledger) -> list[str]:
    return list(broken_records(ledger))


def test_an_empty_ledger_holds(empty: Ledger) -> None:
    assert broken(empty) == []


def test_a_ledger_holds_after_everything(decided: Ledger) -> None:
    assert broken(decided) == []
    small_office.store_tables(
        decided,
        accounts=[{"account_id": "101", "holder": "Mme Autre"}],
        bank_accounts=[{"iban": small_office.IBAN_WAITING, "building_id": "B2"}],
    )
    assert broken(decided) == []  # also before the waiting movement is attached
    with decided.writing() as connection:
        bank_facts.attach_waiting(connection)
    assert broken(decided) == []
    with open_ledger(decided.address, read_only=True) as ledger:
        assert broken(ledger) == []


# One record is changed; exactly that one is named.
@pytest.mark.parametrize(
    ("change", "named"),
    [
        # links
        (f"allocations SET reasons = '{REASONS.replace('1', '2')}' WHERE allocation_id = 1",
         ["affectation n° 1 (journal n° 7) : la ligne diffère"]),
        ("allocations SET confidence = 0.99 WHERE allocation_id = 3",
         ["affectation n° 3 (journal n° 8) : la ligne diffère"]),
        ("allocations SET rule = 'namuel' WHERE allocation_id = 2",
         ["affectation n° 2 (journal n° 8) : la ligne diffère"]),
        ("allocations SET effective_on = '2026-10-03' WHERE allocation_id = 2",
         ["affectation n° 2 (journal n° 8) : la ligne diffère"]),
        ("allocations SET account_id = '102' WHERE allocation_id = 2",
         ["affectation n° 2 (journal n° 8) : la ligne diffère"]),
        ("allocations SET proposal_id = 'P' WHERE allocation_id = 2",
         ["affectation n° 2 (journal n° 8) : la ligne diffère"]),
        ("allocations SET amount_cents = 101 WHERE allocation_id = 2",
         ["affectation n° 2 (journal n° 8) : la ligne diffère",
          "échéance D102 : le montant réglé (150) diffère de ses affectations (151)",
          "mouvement M-ait : le montant réglé (-100) diffère de ses affectations (-101)"]),
        ("allocations SET seq = 7 WHERE allocation_id = 2",
         ["affectation n° 2 (journal n° 7) : la ligne n'a jamais été décidée",
          "affectation n° 2 (journal n° 8) : la ligne manque"]),
        # verdicts
        ("verdicts SET words = 'autre' WHERE verdict_id = 1",
         ["avis n° 1 (journal n° 7) : la ligne diffère"]),
        ("verdicts SET kind = 'rejected' WHERE verdict_id = 1",
         ["avis n° 1 (journal n° 7) : la ligne diffère"]),
        # journal
        ("journal SET actor = 'M. Verane' WHERE seq = 5", ["journal n° 5 : le contenu"]),
        ("journal SET at = '2026-11-02T06:40:01Z' WHERE seq = 8", ["journal n° 8 : le contenu"]),
        ("journal SET subject = 'M-noé' WHERE seq = 9", ["journal n° 9 : le contenu"]),
        ("journal SET data = REPLACE(data, '\"new\":2', '\"new\":3') WHERE seq = 1",
         ["journal n° 1 : le contenu"]),
        ("journal SET data = 'no longer JSON' WHERE seq = 1", ["journal n° 1 : le contenu"]),
        ("journal SET data = '[]' WHERE seq = 1", ["journal n° 1 : le contenu"]),
        ("journal SET hash = REPLACE(hash, SUBSTR(hash, 1, 8), '00000000') WHERE seq = 9",
         ["journal n° 9 : le contenu"]),
        ("journal SET hash = REPLACE(hash, SUBSTR(hash, 1, 8), '00000000') WHERE seq = 2",
         ["journal n° 2 : le contenu", "journal n° 3 : la chaîne est rompue"]),
        # facts
        ("movements SET label = 'aît' WHERE movement_id = 'M-ait'",
         ["mouvement M-ait (import de octobre.xml, journal n° 6) : la ligne a changé"]),
        ("movements SET counterparty_iban = '' WHERE movement_id = 'M-noe'",
         ["mouvement M-noe (import de octobre.xml, journal n° 6) : la ligne a changé"]),
        ("movements SET seal = '' WHERE movement_id = 'M-noe'",
         ["mouvement M-noe (import de octobre.xml, journal n° 6) : la ligne a changé"]),
        ("movements SET amount_cents = 701 WHERE movement_id = 'M-inconnu'",
         ["mouvement M-inconnu (import de octobre.xml, journal n° 6) : la ligne a changé"]),
        ("movements SET amount_cents = 43051 WHERE movement_id = 'M-ait'",
         ["mouvement M-ait (import de octobre.xml, journal n° 6) : la ligne a changé",
          "mouvement M-ait : ce qui est suivi diffère du fait importé"]),
        ("dues SET due_on = '2026-10-02' WHERE due_id = 'D201'",
         ["échéance D201 (import de dues, journal n° 5) : la ligne a changé"]),
        ("dues SET label = 'T3 2026' WHERE due_id = 'D101'",
         ["échéance D101 (import de dues, journal n° 5) : la ligne a changé"]),
        ("statements SET closing_cents = 1 WHERE statement_id = 1",
         ["relevé 10 (import de octobre.xml, journal n° 6) : la ligne a changé"]),
        ("files SET entries = 8", ["fichier octobre.xml (journal n° 6) : sa ligne diffère"]),
        ("files SET name = 'novembre.xml'",
         ["fichier octobre.xml (journal n° 6) : sa ligne diffère"]),
        # items
        ("items SET amount_cents = 45051 WHERE amount_cents = 45050",
         ["échéance D102 : ce qui est suivi diffère du fait importé"]),
        ("items SET building_id = 'B2' WHERE amount_cents = 30000",
         ["échéance D101 : ce qui est suivi diffère du fait importé"]),
        ("items SET building_id = 'B2' WHERE amount_cents = 12000",
         ["mouvement M-ascenseur : ce qui est suivi diffère du fait importé"]),
        ("items SET account_id = '101' WHERE amount_cents = 45050",
         ["échéance D102 : ce qui est suivi diffère du fait importé"]),
        ("items SET kind = 'due' WHERE amount_cents = -30000",
         ["mouvement M-noe : ce qui est suivi diffère du fait importé"]),
        ("items SET allocated_cents = 151 WHERE allocated_cents = 150",
         ["échéance D102 : le montant réglé (151) diffère de ses affectations (150)"]),
        ("items SET allocated_cents = -1 WHERE amount_cents = -80000",
         ["mouvement M-quai : le montant réglé (-1) diffère de ses affectations (0)"]),
    ],
)  # fmt: skip
def test_a_changed_record_is_named_and_no_other(
    common: Ledger, change: str, named: Sequence[str]
) -> None:
    found = broken_after(common, f"UPDATE {change}")
    assert len(found) == len(named), found
    for sentence, start in zip(found, named, strict=True):
        assert sentence.startswith(start)


@pytest.mark.parametrize(
    ("removed", "named"),
    [
        ("allocations WHERE allocation_id = 3",
         ["affectation n° 3 (journal n° 8) : la ligne manque", "échéance D102", "échéance R102"]),
        ("verdicts", ["avis n° 1 (journal n° 7) : la ligne manque"]),
        ("journal WHERE seq = 2", ["journal n° 2 : la ligne manque"]),
        ("journal WHERE seq IN (2, 3, 4)", ["journal n° 2 à 4 : la ligne manque"]),
        ("journal WHERE seq = 1", ["journal n° 1 : la ligne manque"]),
        ("files", ["fichier octobre.xml (journal n° 6) : sa ligne diffère"]),
        ("items WHERE amount_cents = 80000", ["échéance D201 : elle n'est plus suivie"]),
        ("items WHERE amount_cents = 45050",
         ["échéance D102 : elle n'est plus suivie",
          "affectation n° 2 : ce qu'elle rapproche", "affectation n° 3 : ce qu'elle rapproche"]),
    ],
)  # fmt: skip
def test_a_removed_record_is_named(common: Ledger, removed: str, named: Sequence[str]) -> None:
    found = broken_after(common, f"DELETE FROM {removed}")
    assert len(found) == len(named), found
    for sentence, start in zip(found, named, strict=True):
        assert sentence.startswith(start)


def test_a_removed_movement_is_named(common: Ledger) -> None:
    number = small_office.items(common)["M-inconnu"]
    assert broken_after(common, "DELETE FROM movements WHERE movement_id = 'M-inconnu'") == [
        f"mouvement n° {number} (import de octobre.xml, journal n° 6) : la ligne manque"
    ]


def test_added_records_are_named(common: Ledger) -> None:
    items = small_office.items(common)
    found = broken_after(
        common,
        "INSERT INTO dues (item_id, due_id, account_id, building_id, amount_cents)"
        " VALUES (900, 'FAUX', '101', 'B1', 5)",
        "INSERT INTO items (item_id, kind, building_id, account_id, amount_cents)"
        " VALUES (900, 'due', 'B1', '101', 5)",
        "INSERT INTO files (file_id, name, entries) VALUES ('f', 'faux.xml', 0)",
        "INSERT INTO allocations (allocation_id, seq, credit_item, debit_item, amount_cents,"
        f" confidence) VALUES (9, 8, {items['M-noe']}, {items['D101']}, 1, 1)",
    )
    assert [sentence.split(" : ")[0] for sentence in found] == [
        "affectation n° 9 (journal n° 8)",
        "fichier faux.xml",
        "échéance FAUX",
        "échéance D101",
        "mouvement M-noe",
    ]


def test_a_cut_tail_is_not_seen_by_the_chain_but_its_links_are(common: Ledger) -> None:
    # The claim is no larger: without links behind them, the last rows can go unseen.
    last = broken_after(common, "DELETE FROM journal WHERE seq >= 9")
    assert [s.split(" : ")[0] for s in last] == ["affectation n° 4"]
    two = broken_after(common, "DELETE FROM journal WHERE seq >= 8")
    assert [s.split(" : ")[0] for s in two] == [
        "affectation n° 2", "affectation n° 3", "affectation n° 4",
    ]  # fmt: skip


def test_a_cut_tail_that_left_nothing_is_not_seen(office: Ledger) -> None:
    small_office.store_tables(office, accounts=[{"account_id": "101", "holder": "Autre"}])
    # Which is why a month-end keeps the head.
    assert broken_after(office, "DELETE FROM journal WHERE seq = 7") == []


def test_facts_and_their_seals_changed_together(common: Ledger) -> None:
    columns = ", ".join(table_facts.SEALED_COLUMNS["movements"])
    with common.reading() as connection:
        row = connection.execute(
            text(f"SELECT {columns} FROM movements WHERE movement_id = 'M-inconnu'")
        ).one()
    label = table_facts.SEALED_COLUMNS["movements"].index("label")
    changed = (*row[:label], "autre", *row[label + 1 : -1])
    seal = sealed([changed])[0][0][-1]
    (found,) = broken_after(
        common,
        f"UPDATE movements SET label = 'autre', seal = '{seal}' WHERE movement_id = 'M-inconnu'",
    )
    assert found.startswith("mouvements n° 7 à 13 (import de octobre.xml, journal n° 6)")


def test_a_journal_rewritten_from_a_row_on_holds_only_against_a_kept_head(common: Ledger) -> None:
    # With every hash after it computed again, and data of any form: said by no chain, but nothing
    # of it may stop the verification either.
    strange: list[dict[str, Any]] = [
        {"facts": [["movements", 1, 1, "x"]]}, {"facts": [[1], "x"]}, {"facts": 5},
        {"facts": [["dues", "a", "b", "x"]]}, {"file": []}, {"allocations": [[]], "verdicts": {}},
        {"file": {"a": 1}, "allocations": [[[1], 2]]},
    ]  # fmt: skip
    with common.reading() as connection:
        previous = connection.execute(text("SELECT MAX(hash) FROM journal WHERE seq = 9")).scalar()
    rows = []
    for seq, data in enumerate(strange, start=10):
        whole = {"seq": seq, "at": "t", "actor": "a", "action": "import", "subject": "s"}
        kept = canonical(data)
        digest = row_hash(previous=str(previous), data=kept, **whole)  # type: ignore[arg-type]
        values = [str(seq), *(f"'{v}'" for v in ("t", "a", "import", "s", kept, digest, previous))]
        rows.append(f"INSERT INTO journal VALUES ({', '.join(values)})")
        previous = digest
    assert broken_after(common, *rows) == [
        "mouvement n° 1 (import de s, journal n° 10) : la ligne manque"
    ]


def test_who_verifies_sees_one_moment(decided: Ledger) -> None:
    items = small_office.items(decided)
    sentences = []
    engine = create_engine(decided.url)
    with engine.begin() as connection:
        tamper(connection, "UPDATE journal SET actor = 'X' WHERE seq = 1")
    engine.dispose()
    with open_ledger(decided.address) as other:
        records = broken_records(decided)
        sentences.append(next(records))
        # Decided while the verification is under way: part of it would look undecided.
        decide(other, decision(line(items["M-noe"], items["D101"], 10)))
        sentences += records
    assert len(sentences) == 1


# --- the file itself ------------------------------------------------------------------------------


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """A closed SQLite ledger with decisions in it, all of it in one file."""
    with small_office.office(sqlite_url) as ledger:
        items = small_office.items(ledger)
        decide(ledger, decision(line(items["M-noe"], items["D101"], 30_000), reasons=REASONS))
        decide(ledger, decision(line(items["M-ait"], items["D102"], 100)))
    return Path(sqlite_url.removeprefix("sqlite:///"))


def verify(file: Path) -> list[str]:
    try:
        with open_ledger(f"sqlite:///{file}") as ledger:
            return broken(ledger)
    except LedgerError as error:
        return [str(error)]


@pytest.mark.parametrize("byte", [b"2", b"\xff", b"\x00", b"\xe9"])
def test_one_byte_of_a_decision_changed_in_the_file(file: Path, byte: bytes) -> None:
    content = file.read_bytes()
    assert content.count(b"45000001") == 1
    place = content.index(b"45000001") + 7
    file.write_bytes(content[:place] + byte + content[place + 1 :])
    assert verify(file) == [
        "affectation n° 1 (journal n° 7) : la ligne diffère de ce qui a été décidé"
    ]


def test_a_file_cut_short(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3])
    assert verify(file)


def sealed_content(file: Path) -> list[tuple[object, ...]] | None:
    """Returns every row verification answers for, None when it cannot be read."""
    tables = ("journal", "allocations", "verdicts", "movements", "dues", "statements", "files",
              "items")  # fmt: skip
    connection = sqlite3.connect(file)
    connection.text_factory = bytes
    try:
        return [row for t in tables for row in connection.execute(f"SELECT * FROM {t} ORDER BY 1")]
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()


def test_any_byte_changed_in_the_file_is_seen_where_it_matters(file: Path) -> None:
    content = file.read_bytes()
    before = sealed_content(file)
    chance = random.Random(20_261_102)  # noqa: S311
    used = [n for n, byte in enumerate(content) if byte]
    seen = silent = 0
    for place in chance.sample(used, 60):
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        file.write_bytes(changed)
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
        if verify(file):
            seen += 1
        else:
            silent += 1
            assert sealed_content(file) == before, f"byte {place}"
    assert seen > 20
    assert silent


def test_guards_taken_away_and_put_back_leave_no_trace(decided: Ledger) -> None:
    with decided.writing() as connection:
        drop_guards(connection)
        install_guards(connection)
    assert broken(decided) == []
