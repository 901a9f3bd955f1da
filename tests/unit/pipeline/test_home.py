"""The home page's figures: what arrived, what waits, what is late and what is just not late."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests import small_office
from workbench.domain.dates import Period
from workbench.ledger import arrivals, views
from workbench.ledger.journal import Head
from workbench.ledger.store import Ledger
from workbench.pipeline import deciding, marks, reconciling, sampling
from workbench.pipeline.home import HomeData, home

END = date(2026, 10, 31)
AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
WHO = "C. Ardouin"


def read(ledger: Ledger, *, as_of: date = END, actor: str = WHO) -> HomeData:
    return home(ledger, as_of=as_of, actor=actor)


def facts(data: HomeData) -> list[str]:
    return [one.fact for one in data.late]


def counts(data: HomeData) -> dict[str, list[int]]:
    columns = ["unmatched", "proposed", "partial", "to_check"]
    return {
        row["building_id"]: [row[c] for c in columns] for row in data.waiting.to_dict("records")
    }


def close(ledger: Ledger, building_id: str, period: str) -> None:
    mark = marks.DoneMark(
        fingerprint="", notebook_sha256="", html_sha256="", path="", head=Head(1, "0" * 64), at="",
    )  # fmt: skip
    marks.record_month_end(
        ledger, building_id=building_id, period=Period.parse(period), mark=mark, actor=WHO, at=AT
    )


def test_what_waits_by_building(office: Ledger) -> None:
    data = read(office)
    assert counts(data) == {"B1": [5, 0, 0, 0], "B2": [1, 0, 0, 0], "": [1, 0, 0, 0]}
    assert data.waiting["open_cents"].tolist() == [129_350, 700, 80_000]
    assert data.waiting["name"].tolist() == ["Les Tilleuls", "", "Le Quai"]
    deciding.link(office, "M-noe", [("D101", 10_000)], actor=WHO, at=AT)
    deciding.link(office, "M-quai", [("D201", 80_000)], actor=WHO, at=AT)
    assert counts(read(office)) == {"B1": [4, 0, 1, 0], "": [1, 0, 0, 0]}


def test_open_movements_are_those_of_the_view(office: Ledger) -> None:
    reconciling.reconcile(office, as_of=END, actor="moteur", at=AT)
    whole = views.movements(office)
    whole = whole[(whole["open_cents"] != 0) & (whole["status"] != "ignored")]
    light = arrivals.open_movements(office)
    columns = ["movement_id", "building_id", "iban", "booked_on", "open_cents", "status"]
    assert light[columns].to_numpy().tolist() == whole[columns].to_numpy().tolist()
    assert "proposed" in set(light["status"]), "or the case proves too little"


def test_links_drawn_wait_to_be_checked(office: Ledger) -> None:
    reconciling.reconcile(office, as_of=END, actor="moteur", at=AT)
    sampling.draw(office, size=1, actor=WHO, at=AT)
    assert sum(row[3] for row in counts(read(office)).values()) == 1


def test_later_money_does_not_wait_yet(office: Ledger) -> None:
    assert counts(read(office, as_of=date(2026, 10, 2))) == {"B1": [1, 0, 0, 0]}


def test_new_is_what_came_since_ones_last_decision(office: Ledger) -> None:
    data = read(office)
    assert (data.has_decided, data.files["is_new"].tolist()) == (False, [True])
    deciding.link(office, "M-noe", [("D101", 30_000)], actor=WHO, at=AT + timedelta(seconds=1))
    data = read(office)
    assert (data.since, data.has_decided) == ("2026-11-02T06:40:01Z", True)
    assert data.files["is_new"].tolist() == [False]
    assert read(office, actor="L. Verane").has_decided is False, "importing is no decision"


def test_an_account_nobody_knows_is_told(office: Ledger) -> None:
    late = read(office).late[0]
    assert late.fact == "1 mouvement sur un compte inconnu"
    assert small_office.IBAN_WAITING not in late.detail
    assert "0129" in late.detail


@pytest.mark.parametrize(
    ("as_of", "is_late"),
    [
        (date(2026, 11, 5), False),  # October's statements end on the 31st
        (date(2026, 12, 5), False),  # November's may still come
        (date(2026, 12, 6), True),
    ],
)
def test_statements_that_ought_to_be_there(office: Ledger, as_of: date, *, is_late: bool) -> None:
    told = [fact for fact in facts(read(office, as_of=as_of)) if "sans relevé" in fact]
    expected = ["2 comptes bancaires sans relevé de la fin de novembre 2026"] if is_late else []
    assert told == expected


@pytest.mark.parametrize(
    ("as_of", "is_late"), [(date(2026, 10, 10), False), (date(2026, 10, 11), True)]
)
def test_cheques_no_bank_credited(office: Ledger, as_of: date, *, is_late: bool) -> None:
    small_office.receive_something(office)  # received on the 3rd
    told = [one for one in read(office, as_of=as_of).late if "chèque" in one.fact]
    assert bool(told) is is_late
    if is_late:
        assert told[0].fact == "1 chèque reçu et pas crédité depuis plus de 7 jours"
        assert told[0].detail.startswith("300,00\u00a0€")


@pytest.mark.parametrize(("days", "count"), [(90, 0), (91, 1)])
def test_money_that_waits_for_a_quarter(office: Ledger, days: int, count: int) -> None:
    as_of = date(2026, 10, 2) + timedelta(days=days)
    told = [fact for fact in facts(read(office, as_of=as_of)) if "90 jours" in fact]
    assert told == ["1 mouvement attend depuis plus de 90 jours"] * count


def test_month_ends_to_make(office: Ledger) -> None:
    due = date(2026, 11, 11)
    clotures = "Clôture d’octobre 2026 à faire pour 2 immeubles"
    assert clotures in facts(read(office, as_of=due))
    assert clotures not in facts(read(office, as_of=due - timedelta(days=1)))
    close(office, "B1", "2026-10")
    close(office, "B2", "2026-09")
    told = next(one for one in read(office, as_of=due).late if "Clôture" in one.fact)
    assert (told.fact, told.detail) == ("Clôture d’octobre 2026 à faire pour 1 immeuble", "Le Quai")
    assert told.way_out == "workbench month-end --period 2026-10"
    close(office, "B2", "2026-12")
    assert not [fact for fact in facts(read(office, as_of=due)) if "Clôture" in fact]


def test_missing_numbers_are_told(office: Ledger) -> None:
    later = small_office.statement(
        small_office.IBAN_1, small_office.entry(30, 5, "x"), number="13", opening_cents=0
    )
    small_office.store_file(office, [later], name="suite.xml")
    assert "2 numéros de relevés manquent" in facts(read(office))
