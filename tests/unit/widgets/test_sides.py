"""Répartir without a browser: what is chosen, shown before it is written, and refused."""

import re
from typing import Any

import pytest

from tests.unit.widgets.invented import hidden
from tests.unit.widgets.office_session import Office
from workbench.ledger import verification, views
from workbench.pipeline import deciding
from workbench.pipeline.two_sides import LEFT, RIGHT
from workbench.widgets.sides import SidesView

ACCOUNT = "102"


class Bench:
    """The screen on an account, and what its visitor does."""

    def __init__(self, office: Office, *movements: str, actor: str = "C. Ardouin") -> None:
        self.office = office
        self.left: list[str] = []
        self.done: list[deciding.Outcome] = []
        self.view = SidesView(
            office.session(actor), on_back=lambda: self.left.append("back"),
            on_done=self.done.append,
        )  # fmt: skip
        self.view.open(accounts=[ACCOUNT], movements=movements)

    def row(self, side: str, what: str) -> dict[str, Any]:
        """Returns the shown row that has these words."""
        return next(row for row in self.view.tables[side].rows if what in str(row["cells"]))

    def check(self, side: str, what: str, *, on: bool = True) -> None:
        table = self.view.tables[side]
        said = {"kind": "check", "id": self.row(side, what)["id"], "key": "checked", "checked": on}
        table.receive(table, said, [])

    def type(self, side: str, what: str, text: str) -> None:
        table = self.view.tables[side]
        said = {"kind": "entry", "id": self.row(side, what)["id"], "key": "entry", "text": text}
        table.receive(table, said, [])

    def add(self, **told: str) -> None:
        """Fills the form that adds a due and presses its button."""
        form = self.view.form.form
        values = {"kind": "charges", "due_on": "31/10/2026", "account": ACCOUNT} | told
        form.receive(form, {"kind": "submit", "values": values}, [])

    @property
    def remainder(self) -> list[str]:
        """The three figures of the top."""
        return re.findall(r"<b>([^<\xa0]*\xa0?[^<\xa0]*)\xa0€", self.view.figures.value)

    @property
    def preview(self) -> str:
        return re.sub(r"<[^>]*>", "|", self.view.written.value)

    def opened(self) -> dict[str, int]:
        with self.office.opened() as ledger:
            dues, moved = views.dues(ledger), views.movements(ledger)
        left = dict(zip(dues["due_id"], dues["open_cents"].tolist(), strict=True))
        return left | dict(zip(moved["movement_id"], moved["open_cents"].tolist(), strict=True))


def test_it_opens_with_what_it_was_opened_for(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    assert screen.remainder == ["430,50", "0,00", "430,50"]
    assert screen.view.write.disabled
    assert "rien encore" in screen.preview
    names = [str(row["cells"]) for row in screen.view.tables[LEFT].rows]
    assert len(names) == 2  # the discount and the payment; the other payment names nobody
    assert "Tous les mouvements" in screen.view.everything.description


def test_nothing_is_written_before_it_is_shown(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    before = screen.opened()
    screen.check(LEFT, "20,00")
    screen.check(RIGHT, "01/10/2026")
    assert screen.remainder == ["450,50", "450,50", "0,00"]
    assert "2 affectations, toutes annulables" in screen.preview
    assert "reste 430,50" in screen.preview
    assert "soldé" in screen.preview
    assert screen.opened() == before
    screen.view.write.click()
    left = screen.opened()
    assert (left["M-ait"], left["R102"], left["D102"]) == (0, 0, 0)
    assert "Rapproché" in screen.view.told.value
    assert [outcome.done for outcome in screen.done] == [True]


def test_undo_gives_all_of_it_back(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    before = screen.opened()
    screen.view.oldest.click()
    screen.view.write.click()
    assert screen.opened() != before
    assert not hidden(screen.view.undo)
    screen.view.undo.click()
    assert screen.opened() == before
    assert hidden(screen.view.undo)
    with bench.opened() as ledger:
        assert list(verification.broken_records(ledger)) == []


def test_a_due_takes_what_is_left_to_be_given(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    screen.check(RIGHT, "05/10/2026")
    screen.check(RIGHT, "01/10/2026")
    assert screen.remainder == ["430,50", "430,50", "0,00"]
    screen.check(RIGHT, "05/10/2026", on=False)
    assert screen.remainder == ["430,50", "380,50", "50,00"]


def test_the_oldest_first(bench: Office) -> None:
    screen = Bench(bench)
    screen.type(LEFT, "20,00", "15")
    screen.view.oldest.click()
    assert screen.remainder == ["15,00", "15,00", "0,00"]
    assert "reste 435,50" in screen.preview


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("450,51", "dépassent ce qui est ouvert"),
        ("-1", "un montant affecté est positif"),
        ("abc", "montant"),
        ("1,234", "ambigu"),
        ("<img src=x onerror=alert(1)>", "montant"),
    ],
)
def test_an_amount_that_cannot_be_is_told_in_place(bench: Office, text: str, words: str) -> None:
    screen = Bench(bench, "M-ait")
    screen.type(RIGHT, "01/10/2026", text)
    assert words in screen.view.notice.value
    assert "<img" not in screen.view.notice.value
    entry = screen.row(RIGHT, "01/10/2026")["cells"][-2]
    assert (entry["text"], bool(entry["invalid"])) == (text, True)
    assert screen.view.write.disabled
    screen.type(RIGHT, "01/10/2026", "450,50")
    assert hidden(screen.view.notice)
    assert not screen.view.write.disabled


def test_an_emptied_or_null_amount_is_none(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    for text in ("", "0", "0,00"):
        screen.type(RIGHT, "01/10/2026", "10")
        assert screen.remainder[1] == "10,00"
        screen.type(RIGHT, "01/10/2026", text)
        assert screen.remainder[1] == "0,00"


def test_the_rest_is_kept_on_account_when_one_says_so(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    screen.type(RIGHT, "01/10/2026", "400")
    assert screen.view.keep.description == "Garder 30,50\u00a0€ en compte"
    screen.view.keep.click()
    assert "En compte" in screen.preview
    screen.view.write.click()
    assert screen.opened()["M-ait"] == 0
    # It stands on the left now, as what this account has in hand.
    assert screen.row(LEFT, "Gardé en compte")
    screen.view.undo.click()
    assert screen.opened()["M-ait"] == 43_050


def test_without_a_rest_nothing_is_kept(bench: Office) -> None:
    screen = Bench(bench)
    screen.check(LEFT, "20,00")
    assert screen.view.keep.disabled
    screen.view.keys["P"]()
    assert "aucun paiement" in screen.view.notice.value.lower()


def test_a_due_is_added_and_ticked(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    screen.add(label="Eau froide", amount="38,40")
    assert screen.remainder == ["430,50", "38,40", "392,10"]
    assert "Eau froide, 38,40" in screen.view.told.value
    assert screen.view.form.form.values["amount"] == ""
    screen.add(kind="discount", amount="10")
    assert screen.remainder == ["440,50", "38,40", "402,10"]
    screen.view.write.click()
    assert "wb-ajout-" in str(screen.opened())


@pytest.mark.parametrize(
    ("amount", "due_on", "words"),
    [
        ("", "31/10/2026", "montant"),
        ("0", "31/10/2026", "0,00"),
        ("12", "31/02/2026", "date"),
        ("12", "01/01/1999", "trop loin"),
    ],
)
def test_a_due_that_cannot_be_is_told_in_place(
    bench: Office, amount: str, due_on: str, words: str
) -> None:
    screen = Bench(bench)
    before = screen.opened()
    screen.add(amount=amount, due_on=due_on)
    assert words in screen.view.notice.value
    assert screen.opened() == before


def test_who_comes_second_is_told_and_sees_what_is_left(bench: Office) -> None:
    first, second = Bench(bench, "M-ait", actor="L. Verane"), Bench(bench, "M-ait")
    for screen in (first, second):
        screen.check(RIGHT, "01/10/2026")
    first.view.write.click()
    second.view.write.click()
    assert "par L. Verane le 03/11/2026" in second.view.notice.value
    # What is still open of what was chosen stays chosen; the payment is gone.
    assert second.remainder == ["0,00", "20,00", "−20,00"]
    assert "M-ait" not in str(second.view.tables[LEFT].rows)


def test_a_ledger_that_goes_away_leaves_the_choice(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    screen.check(RIGHT, "01/10/2026")
    bench.is_away = True
    screen.view.write.click()
    assert "Le registre ne répond pas" in screen.view.notice.value
    assert screen.remainder == ["430,50", "430,50", "0,00"]
    bench.is_away = False
    screen.view.write.click()
    assert screen.opened()["M-ait"] == 0


def test_other_movements_of_the_building_are_one_switch_away(bench: Office) -> None:
    screen = Bench(bench)
    few = screen.view.tables[LEFT].count
    screen.view.everything.value = True
    assert screen.view.tables[LEFT].count > few
    screen.view.search.value = "NOE"
    assert screen.view.tables[LEFT].count == 1
    # What is ticked is never hidden by a search.
    screen.check(LEFT, "NOE")
    screen.view.search.value = "rien de tel"
    assert screen.view.tables[LEFT].count == 1
    # Nor by going back to what is the account's own, nor by reading again.
    screen.view.search.value = ""
    screen.view.everything.value = False
    assert screen.view.tables[LEFT].count == few + 1
    screen.add(label="Eau", amount="50")
    assert screen.remainder == ["300,00", "50,00", "250,00"]
    screen.view.write.click()
    assert screen.opened()["M-noe"] == 25_000


def test_what_is_ticked_stays_when_an_account_is_added(bench: Office) -> None:
    screen = Bench(bench)
    screen.view.everything.value = True
    screen.check(LEFT, "NOE")
    screen.view.other.value = next(o for o in screen.view.other.options if "Noé" in o)
    assert screen.remainder == ["300,00", "0,00", "300,00"]


def test_a_payment_is_split_over_two_accounts(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    screen.view.other.value = next(o for o in screen.view.other.options if "Noé" in o)
    assert "et 1 autre" in screen.view.head.value
    screen.type(RIGHT, "T4 2026", "30")
    screen.type(RIGHT, "05/10/2026", "50")
    screen.view.write.click()
    left = screen.opened()
    assert (left["D101"], left["D102-2"], left["M-ait"]) == (27_000, 0, 35_050)


def test_clear_back_and_keys(bench: Office) -> None:
    screen = Bench(bench, "M-ait")
    screen.view.clear.click()
    assert screen.remainder == ["0,00", "0,00", "0,00"]
    screen.view.back.click()
    assert screen.left == ["back"]
    assert set(screen.view.keys) == {"Enter", "E", "P", "Z"}
    screen.view.keys["Enter"]()
    assert "au moins un montant" in screen.view.notice.value
    screen.view.keys["Z"]()
    assert "rien à annuler" in screen.view.notice.value.lower()
