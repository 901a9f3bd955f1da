"""An account at the bench without a browser: found, read, settled, and anything taken back."""

from datetime import date
from typing import Any

from tests.unit.widgets.invented import hidden
from tests.unit.widgets.office_session import AS_OF, AT, Office
from workbench.ledger import verification, views
from workbench.pipeline import deciding, entering
from workbench.pipeline.entering import DueWanted
from workbench.widgets.account_bench import AccountBench

WHO = "C. Ardouin"


def add_due(office: Office) -> str:
    wanted = DueWanted(
        account_id="102", kind="charges", amount_cents=3_840, due_on=date(2026, 10, 31),
        label="Eau froide",
    )  # fmt: skip
    with office.opened() as ledger:
        return entering.add_due(ledger, wanted, as_of=AS_OF, actor=WHO, at=AT).identifier


def events(screen: AccountBench) -> list[tuple[str, str]]:
    """Returns the words of each line of the history, and what it offers."""
    rows: list[dict[str, Any]] = screen.actions.table.rows
    return [(str(row["cells"][0]["under"]), str(row["cells"][1])) for row in rows]


def ask(screen: AccountBench, words: str) -> None:
    """Presses the undoing of the first line with these words."""
    table = screen.actions.table
    row = next(row for row in table.rows if words in str(row["cells"]))
    table.receive(table, {"kind": "open", "id": row["id"]}, [])


def answer(screen: AccountBench, reason: str) -> None:
    """Says why, and presses the button."""
    form = screen.actions.question
    form.receive(form, {"kind": "submit", "values": {"reason": reason}}, [])


def test_an_account_is_found_without_its_accents(bench: Office) -> None:
    screen = AccountBench(bench.session())
    assert screen.found.count == 4
    screen.search.value = "ait"
    assert [row["id"] for row in screen.found.rows] == ["102"]
    screen.search.value = "quai"
    assert [row["id"] for row in screen.found.rows] == ["201"]
    screen.search.value = "personne"
    assert screen.found.empty_title == "Aucun compte ne répond à cette recherche."


def test_it_is_opened_and_one_comes_back(bench: Office) -> None:
    screen = AccountBench(bench.session())
    screen.found.receive(screen.found, {"kind": "open", "id": "102"}, [])
    assert "Aït" in screen.account.head.value
    assert set(screen.page.letters) == {"T", "E"}
    screen.actions.settle.click()
    assert not hidden(screen.sides.widget)
    assert "Enter" in screen.page.letters
    screen.page.receive(screen.page, {"kind": "escape"}, [])
    assert hidden(screen.sides.widget)
    screen.page.receive(screen.page, {"kind": "escape"}, [])
    assert hidden(screen.account.widget)
    assert screen.page.letters == []


def test_an_unknown_account_leaves_the_choice(bench: Office) -> None:
    screen = AccountBench(bench.session(), account_id="999")
    assert "Aucun compte « 999 »" in screen.notice.value
    assert screen.found.count == 4


def test_what_was_entered_and_decided_is_taken_back_with_a_reason(bench: Office) -> None:
    added = add_due(bench)
    with bench.opened() as ledger:
        deciding.link(ledger, "M-ait", [("D102", None)], actor="L. Verane", at=AT)
    screen = AccountBench(bench.session(), account_id="102")
    assert [offer for _, offer in events(screen)] == ["Annuler", "Annuler"]
    ask(screen, "Mouvement du 06/10/2026")
    answer(screen, " ")
    assert "le motif reste" in screen.actions.notice.value
    answer(screen, "autre payeur")
    told = events(screen)
    assert "autre payeur" in told[0][0]
    assert [offer for words, offer in told if "Mouvement" in words] == ["", ""]
    ask(screen, "Eau froide")
    answer(screen, "saisie deux fois")
    with bench.opened() as ledger:
        dues = views.dues(ledger).set_index("due_id")
        assert (dues.loc[added, "open_cents"], dues.loc["D102", "open_cents"]) == (0, 45_050)
        assert list(verification.broken_records(ledger)) == []
    assert "saisie deux fois" in str(events(screen))
    screen.account.which.value = "all"
    states = [row["cells"][0]["text"] for row in screen.account.table.rows]
    assert states.count("annulée") == 2


def test_a_due_in_use_is_not_taken_back_and_the_screen_goes_on(bench: Office) -> None:
    added = add_due(bench)
    with bench.opened() as ledger:
        deciding.link(ledger, "M-ait", [(added, None)], actor="L. Verane", at=AT)
    screen = AccountBench(bench.session(), account_id="102")
    ask(screen, "Échéance ajoutée")
    answer(screen, "erreur")
    assert "déjà utilisée" in screen.actions.notice.value
    assert "Aït" in screen.account.head.value


def test_facts_and_undone_decisions_offer_nothing(bench: Office) -> None:
    added = add_due(bench)
    with bench.opened() as ledger:
        deciding.undo(ledger, [added], actor=WHO, at=AT, reason="x")
    screen = AccountBench(bench.session(), account_id="102")
    assert [offer for _, offer in events(screen)] == ["", ""]
    ask(screen, "Échéance ajoutée")
    assert "ne s’annule pas" in screen.actions.notice.value
    answer(screen, "quand même")
    assert "choisissez d’abord" in screen.actions.notice.value.lower()


def test_kept_money_is_told_apart_from_the_balance(bench: Office) -> None:
    with bench.opened() as ledger:
        entering.put_on_account(ledger, "M-ait", [("102", 10_000)], as_of=AS_OF, actor=WHO, at=AT)
    screen = AccountBench(bench.session(), account_id="102")
    assert "100,00" in screen.account.balance.value
    assert "gardés en compte" in screen.account.balance.value
    assert "gardés en compte du paiement du 06/10/2026" in events(screen)[0][0]


def test_a_ledger_that_goes_away_is_told_in_place(bench: Office) -> None:
    screen = AccountBench(bench.session(), account_id="102")
    bench.is_away = True
    screen.account.refresh.click()
    assert "Le registre ne répond pas" in screen.actions.notice.value
    bench.is_away = False
    screen.account.refresh.click()
    assert hidden(screen.actions.notice)
