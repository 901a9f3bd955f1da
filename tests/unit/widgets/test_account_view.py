from dataclasses import replace

import pandas as pd

from tests.unit.widgets.invented import HOSTILE, READ_AT, account_data
from workbench.pipeline.account import AccountDetail
from workbench.widgets.account import AccountView


def screen(detail: AccountDetail | None = None) -> AccountView:
    view = AccountView(on_back=lambda: None, on_refresh=lambda: None)
    view.show(detail or account_data(), read_at=READ_AT)
    return view


def text(view: AccountView) -> str:
    parts = (view.head, view.balance, view.made_of, view.payments, view.history)
    return " ".join(part.value for part in parts).replace("\u00a0", " ")


def test_the_balance_and_what_would_change_it() -> None:
    told = text(screen())
    assert "Solde dû au 21/11/2026" in told
    assert "241,00 €" in told
    assert "Un paiement de 100,00 € n’est pas rapproché." in told
    assert "Le solde serait de 141,00 €." in told


def test_a_credit_balance_is_in_the_holder_s_favour() -> None:
    told = text(screen(replace(account_data(), balance_cents=-50_00, overdue_cents=0)))
    assert "Solde en faveur du titulaire" in told
    assert ">50,00 €<" in told
    assert "rien n’est en retard" in told


def test_a_delay_is_told_with_its_cause_and_its_sum() -> None:
    told = text(screen())
    assert "D’où vient le retard" in told
    assert "Au 21/11/2026, 241,00 € restent à régler" in told
    assert "98,70 + 142,30 = 241,00 €. Peut être envoyé tel quel au titulaire." in told


def test_what_nobody_may_claim_is_told_apart() -> None:
    detail = account_data()
    causes = detail.origins.assign(not_claimable_cents=[16_45, 0])
    told = text(screen(replace(detail, origins=causes)))
    assert "16,45 € ne peuvent pas être réclamés." in told
    assert "Peut être envoyé" not in told


def test_the_parts_of_a_balance_that_is_not_late_add_up_to_it() -> None:
    told = text(screen(replace(account_data(), origin_words="")))
    assert ">98,70<" in told
    assert ">142,30<" in told
    assert "6 échéances, la plus ancienne du 05/06/2026" in told


def test_open_dues_first_all_of_them_on_demand() -> None:
    view = screen()
    assert view.table.count == 7
    assert [label for label, _ in view.which.options] == ["Ouvertes 7", "Toutes 8"]
    view.which.value = "all"
    assert view.table.count == 8
    states = [row["cells"][0]["text"] for row in view.table.rows]
    assert states[0] == "soldée"
    assert states[1] == "partielle, en retard"


def test_a_due_without_a_label_is_called_by_its_kind() -> None:
    natures = [row["cells"][2]["text"] for row in screen().table.rows]
    assert "Loyer" in natures


def test_the_history_keeps_what_was_undone_struck_through() -> None:
    told = text(screen())
    assert 'class="wb-undone"' in told
    assert "↩" in told
    assert "Annulé" in told


def test_long_lists_open_and_another_account_starts_short() -> None:
    detail = account_data()
    many = pd.concat([detail.payments] * 4, ignore_index=True)
    view = screen(replace(detail, payments=many))
    assert view.payments.value.count("<tr>") == 1 + 6
    assert view.all_payments.description == "Les 12"
    view.all_payments.click()
    assert view.payments.value.count("<tr>") == 1 + 12
    view.show(replace(detail, payments=many), read_at=READ_AT)
    assert view.payments.value.count("<tr>") == 1 + 12, "the same account, read again"
    view.show(replace(detail, account_id="other", payments=many), read_at=READ_AT)
    assert view.payments.value.count("<tr>") == 1 + 6


def test_no_iban_is_shown_whole() -> None:
    told = text(screen())
    assert "•••• 8830" in told


def test_an_account_with_nothing_says_so() -> None:
    detail = account_data()
    view = screen(
        replace(
            detail,
            dues=detail.dues.iloc[:0],
            payments=detail.payments.iloc[:0],
            history=detail.history.iloc[:0],
            balance_cents=0,
            overdue_cents=0,
        )
    )
    told = text(view)
    assert "Aucun paiement n’est affecté à ce compte." in told
    assert "Aucune décision n’a encore touché ce compte." in told
    assert view.table.empty_title == "Rien n’est ouvert sur ce compte."


def test_strangers_texts_stay_texts() -> None:
    detail = account_data(holder=HOSTILE)
    detail.dues.loc[0, "label"] = HOSTILE
    detail.history.loc[0, "words"] = HOSTILE
    detail.payments.loc[1, "settles"] = HOSTILE
    view = screen(replace(detail, building=HOSTILE, lots=HOSTILE, code=HOSTILE))
    assert "<script" not in text(view)
    assert "<img src=x" not in text(view)
