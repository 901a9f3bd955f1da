from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from tests.unit.widgets.invented import HOSTILE, hidden
from tests.unit.widgets.invented_reminders import DAY, InventedDesk, board
from workbench.domain.errors import LedgerError
from workbench.widgets.reminder_board import Board
from workbench.widgets.reminder_months import building_rows
from workbench.widgets.reminder_wording import marks_of
from workbench.widgets.reminders import RemindersView


def screen(of: Board | None = None) -> tuple[RemindersView, InventedDesk]:
    desk = InventedDesk(of)
    return RemindersView(desk), desk


def told(view: RemindersView) -> str:
    controls = view.controls
    parts = (controls.head, controls.banner, controls.waking, controls.under, controls.legend,
             controls.months, view.notice)  # fmt: skip
    return " ".join(part.value for part in parts).replace("\u00a0", " ")


def tick(view: RemindersView, row_id: str, *, ticked: bool) -> None:
    table = view.lists.tables[view.mode]
    message = {"kind": "check", "id": row_id, "key": "row_id", "checked": ticked}
    table.receive(table, message, [])


def press(view: RemindersView, key: str) -> None:
    message = {"kind": "key", "key": key, "subject": view.page.subject}
    view.page.receive(view.page, message, [])


def test_opening_is_a_dry_run_and_nothing_else() -> None:
    view, desk = screen()
    assert "Essai à blanc : </strong>rien n’est parti, rien n’est écrit." in told(view)
    assert desk.asked == []


def test_every_button_carries_its_count() -> None:
    view, _ = screen()
    assert view.controls.validate.description == "Valider 7\u00a0lettres"
    assert view.controls.read.description == "Lire les 7\u00a0lettres"
    labels = [label for label, _ in view.controls.which.options]
    assert labels == ["Partent ce jour 7", "Ensuite 12", "Générées 3", "Bloquées 7"]


def test_two_types_are_never_one_total() -> None:
    words = told(screen()[0])
    assert "4 relances simples, sans frais" in words
    assert "3 mises en demeure, à 42,00 €" in words


def test_validating_takes_what_is_ticked_and_says_what_was_done() -> None:
    view, desk = screen()
    tick(view, "a:A0611", ticked=False)
    assert view.controls.validate.description == "Valider 6\u00a0lettres"
    view.controls.validate.click()
    assert [asked[:2] for asked in desk.asked] == [("validate", DAY)]
    assert "a:A0611" not in desk.named()
    assert "R2" in desk.named(), "what waits for a person is validated with the rest"
    assert "Fait : validate." in told(view)
    assert view.controls.validate.description == "Valider 7\u00a0lettres", "read again"


def test_nothing_ticked_validates_nothing() -> None:
    view, desk = screen()
    view.controls.clear.click()
    assert view.controls.validate.disabled
    press(view, "Enter")
    assert desk.asked == []
    assert "Aucune lettre n’est cochée." in told(view)


def test_a_key_of_an_old_reading_validates_nothing() -> None:
    view, desk = screen()
    old = view.page.subject
    view.controls.refresh.click()
    view.page.receive(view.page, {"kind": "key", "key": "Enter", "subject": old}, [])
    assert desk.asked == []
    press(view, "Enter")
    assert [what for what, *_ in desk.asked] == ["validate"]


def test_a_later_day_is_only_looked_at() -> None:
    view, desk = screen()
    view.controls.day.value = date(2027, 1, 10)
    assert "le 10/01/2027 n’est pas venu" in told(view)
    assert view.controls.validate.disabled
    press(view, "Enter")
    assert desk.asked == []


def test_a_blocked_reason_opens_its_accounts() -> None:
    view, _ = screen()
    titles = {row["id"]: row["cells"][0]["text"] for row in view.reasons.rows}
    assert titles["plan_running"] == "Échéancier en cours"
    view.reasons.receive(view.reasons, {"kind": "open", "id": "not_delivered"}, [])
    assert view.mode == "blocked"
    shown = [row["id"] for row in view.lists.tables["blocked"].rows]
    assert shown == ["a:A0419", "a:A0638"]
    assert "Appel non remis" in told(view)


def test_the_reasons_add_up_to_the_blocked_accounts() -> None:
    reading = board()
    reasons, blocked = reading.reasons(), reading.blocked()
    assert int(reasons["count"].sum()) == len(blocked)
    assert int(reasons["amount_cents"].sum()) == int(blocked["amount_cents"].sum())


def test_a_letter_that_cannot_be_made_does_not_leave_and_says_why() -> None:
    reading = replace(board(), problems={"A0448": "l’adresse du destinataire manque"})
    view, desk = screen(reading)
    assert "a:A0448" not in {row["id"] for row in view.lists.tables["leaving"].rows}
    view.reasons.receive(view.reasons, {"kind": "open", "id": "problem"}, [])
    (row,) = view.lists.tables["blocked"].rows
    assert row["cells"][-1]["text"] == "l’adresse du destinataire manque"
    view.controls.validate.click()
    assert "a:A0448" not in desk.named()


@pytest.mark.parametrize("mode", ["leaving", "planned", "sent", "blocked"])
def test_one_list_is_seen_at_a_time(mode: str) -> None:
    view, _ = screen()
    view.controls.which.value = mode
    seen = [name for name, place in zip(view.lists.tables, view.lists.widget.children, strict=True)
            if not hidden(place)]  # fmt: skip
    assert seen == [mode]


def test_the_search_says_what_it_hides_and_gives_it_back() -> None:
    view, _ = screen()
    view.controls.search.value = "brehon"
    table = view.lists.tables["leaving"]
    assert [row["id"] for row in table.rows] == ["a:A0422"]
    assert "6 masquées" in told(view)
    view.controls.search.value = "personne de ce nom"
    assert table.empty_title == "Aucun compte pour cette recherche."
    table.receive(table, {"kind": "empty"}, [])
    assert table.count == 7


def test_escape_goes_back_one_step_at_a_time() -> None:
    view, _ = screen()
    view.controls.search.value = "04"
    view.controls.by_hand.click()
    view.page.receive(view.page, {"kind": "escape"}, [])
    assert hidden(view.decisions.forms.hand.widget)
    assert view.controls.search.value == "04"
    view.page.receive(view.page, {"kind": "escape"}, [])
    assert view.controls.search.value == ""


def test_letters_are_read_before_they_leave() -> None:
    view, desk = screen()
    view.controls.read.click()
    assert "Lettre 1 sur 7" in view.reader.head.value
    view.reader.following.click()
    assert "Lettre 2 sur 7" in view.reader.head.value
    press(view, "ArrowLeft")
    assert "Lettre 1 sur 7" in view.reader.head.value
    press(view, "Enter")
    assert desk.asked == [], "Enter validates nothing while a letter is read"
    view.reader.close.click()
    press(view, "Enter")
    assert len(desk.asked) == 1


def test_a_letter_that_fails_never_shows_the_one_before() -> None:
    view, _ = screen()
    view.controls.read.click()
    ids = [str(row["id"]) for row in view.lists.tables["leaving"].rows]
    for _ in range(ids.index("a:A0448")):
        view.reader.following.click()
    assert view.reader.page_picture.value == ""
    assert "L’adresse du destinataire manque." in told(view)


def test_what_was_made_is_downloaded_as_it_is() -> None:
    view, _ = screen()
    sent: list[tuple[str, bytes, str]] = []
    view.page.download = lambda name, content, *, mime: sent.append((name, content, mime))  # type: ignore[method-assign]
    view.controls.which.value = "sent"
    table = view.lists.tables["sent"]
    table.receive(table, {"kind": "open", "id": "R1"}, [])
    view.reader.download.click()
    assert sent == [("lettre.pdf", b"%PDF", "application/pdf")]


def test_sending_by_hand_names_the_letter_on_its_button() -> None:
    view, desk = screen()
    view.controls.by_hand.click()
    form = view.decisions.forms.hand
    assert form.submit.disabled
    form.search.value = "0705"
    form.kind.value = "formal_notice"
    assert form.submit.description == "Envoyer la mise en demeure"
    form.submit.click()
    assert desk.asked == [("remind", "A0705", "formal_notice", DAY, True)]


def test_a_ticked_account_comes_with_its_next_letter() -> None:
    view, _ = screen()
    view.controls.which.value = "blocked"
    tick(view, "a:A0441", ticked=True)
    view.controls.hand.click()
    form = view.decisions.forms.hand
    assert (form.account.value, form.kind.value) == ("A0441", "simple")


@pytest.mark.parametrize("typed", ["", "32/01/2027", "demain"])
def test_a_day_that_is_none_is_told_and_nothing_is_moved(typed: str) -> None:
    view, desk = screen()
    view.controls.move.click()
    view.decisions.forms.move.to.value = typed
    view.decisions.forms.move.submit.click()
    assert desk.asked == []
    assert "date" in told(view).casefold()


def test_moving_takes_accounts_and_leaves_out_what_waits() -> None:
    view, desk = screen()
    view.controls.move.click()
    form = view.decisions.forms.move
    assert form.submit.description == "Déplacer 6 dates", "R2 is generated: it has no date to move"
    form.to.value = "10/12/2026"
    form.submit.click()
    assert [(what, to) for what, _, to in desk.asked] == [("move", date(2026, 12, 10))]
    assert len(desk.named()) == 6


def test_no_building_is_put_to_sleep_by_chance() -> None:
    view, desk = screen()
    view.controls.asleep.click()
    form = view.decisions.forms.snooze
    assert form.building.value == ""
    form.until.value = "01/03/2027"
    form.submit.click()
    assert desk.asked == []
    assert "Choisir l’immeuble" in told(view)
    form.building.value = "C3"
    form.submit.click()
    assert desk.asked == [("snooze", "C3", date(2027, 3, 1))]


def test_a_building_that_wakes_within_two_weeks_is_announced() -> None:
    reading = board()
    inside = replace(reading, as_of=date(2027, 1, 17), day=date(2027, 1, 17))
    outside = replace(reading, as_of=date(2027, 1, 16), day=date(2027, 1, 16))
    assert "Réveil des relances" in told(screen(inside)[0])
    assert "Réveil des relances" not in told(screen(outside)[0])


def test_waking_is_offered_where_something_sleeps() -> None:
    view, desk = screen()
    assert hidden(view.controls.wake)
    view.reasons.receive(view.reasons, {"kind": "open", "id": "snoozed"}, [])
    assert not hidden(view.controls.wake)
    view.controls.wake.click()
    assert desk.asked == [("wake", "C3")]


def test_undoing_needs_a_reason_and_takes_only_what_did_not_leave() -> None:
    view, desk = screen()
    view.controls.which.value = "sent"
    for row_id in ("R1", "R2", "R3"):
        tick(view, row_id, ticked=True)
    view.controls.undo.click()
    form = view.decisions.forms.undo
    assert form.submit.description == "Annuler 1\u00a0lettre"
    form.submit.click()
    assert desk.asked == []
    assert "Donner un motif" in told(view)
    form.reason.value = "doublon"
    form.submit.click()
    assert desk.asked == [("undo", ["R2"], "doublon")]


def test_a_moved_date_is_marked_and_can_be_taken_back() -> None:
    reading = board()
    moved = reading.steps["account_id"] == "A0901"
    steps = reading.steps.assign(
        move_id=["V7" if is_moved else "" for is_moved in moved],
        moved_from=pd.Series(pd.NaT, index=moved.index).astype("datetime64[s]").mask(
            moved, pd.Timestamp(2026, 12, 5)
        ),
    )  # fmt: skip
    view, desk = screen(replace(reading, steps=steps))
    view.controls.which.value = "planned"
    rows = {row["id"]: row["cells"] for row in view.lists.tables["planned"].rows}
    assert rows["a:A0901"][5]["title"] == "déplacée du 05/12/2026"
    assert "title" not in rows["a:A0903"][5]
    tick(view, "a:A0901", ticked=True)
    tick(view, "a:A0903", ticked=True)
    view.controls.undo.click()
    form = view.decisions.forms.undo
    assert form.submit.description == "Annuler 1 déplacement"
    form.reason.value = "erreur"
    form.submit.click()
    assert desk.asked == [("undo", ["V7"], "erreur")]


def test_a_button_is_itself_again_after_a_failure() -> None:
    view, desk = screen()
    desk.failure = LedgerError("le registre ne répond plus")
    view.controls.validate.click()
    assert view.controls.validate.description == "Valider 7\u00a0lettres"
    assert not view.controls.validate.disabled


def test_letters_on_paper_are_printed_and_marked_as_posted() -> None:
    reading = board()
    sent = reading.sent.assign(state=["to_post", "queued", "cancelled"])
    view, desk = screen(replace(reading, sent=sent))
    view.controls.which.value = "sent"
    view.page.download = lambda *_args, **_options: None  # type: ignore[method-assign]
    view.controls.printing.click()
    view.controls.post.click()
    form = view.decisions.forms.post
    form.number.value = "1A 234"
    form.submit.click()
    view.controls.mail.click()
    assert desk.asked == [("printed", ["C1"]), ("posted", ["C1"], DAY, "1A 234"), ("mail",)]


def test_the_switch_says_what_it_will_do() -> None:
    view, desk = screen()
    assert view.controls.switch.description == "Arrêter"
    view.controls.switch.click()
    assert desk.asked == [("automatic", False)]
    assert view.controls.switch.description == "Remettre en marche"
    assert "arrêté" in view.controls.head.value


def test_a_ledger_that_goes_away_is_told_and_the_screen_stays() -> None:
    view, desk = screen()
    desk.failure = LedgerError("le registre ne répond plus")
    view.controls.refresh.click()
    assert "Le registre ne répond plus." in told(view)
    assert view.lists.tables["leaving"].count == 7
    desk.failure = None
    view.controls.refresh.click()
    assert hidden(view.notice)


def test_a_ledger_that_was_never_read_still_opens_a_screen() -> None:
    desk = InventedDesk()
    desk.failure = LedgerError("aucun registre")
    view = RemindersView(desk)
    assert "Aucun registre." in told(view)
    press(view, "Enter")
    assert desk.asked == []


def test_an_empty_day_says_when_the_next_letters_leave() -> None:
    reading = board()
    steps = reading.steps[reading.steps["state"] != "due"]
    view, _ = screen(replace(reading, steps=steps, sent=reading.sent.iloc[:0]))
    table = view.lists.tables["leaving"]
    assert table.empty_title == "Rien ne part le 05/12/2026."
    assert table.empty_text == "Prochain envoi le 10/01/2027."
    assert view.controls.validate.description == "Rien à valider"


def test_the_grid_has_every_count_of_the_largest_buildings_and_of_the_rest() -> None:
    reading = board()
    keys = [f"B{n:02d}" for n in range(20)]
    frame = pd.DataFrame(
        {
            "building_id": keys,
            "month": pd.Series([pd.Timestamp(2026, 12, 1)] * 20).astype("datetime64[s]"),
            "kind": "simple",
            "count": range(1, 21),
        }
    )
    names = pd.DataFrame({"building_id": keys, "name": keys, "asleep_since": pd.NaT,
                          "asleep_until": pd.NaT})  # fmt: skip
    many = replace(reading, months=frame, buildings=names)
    rows = building_rows(many, marks_of(many.kinds))
    assert [row.name for row in rows][-1] == "12 autres immeubles"
    assert len(rows) == 9
    assert sum(sum(row.counts.values()) for row in rows) == sum(range(1, 21))


def test_the_grid_says_the_days_and_hatches_the_months_of_calls() -> None:
    reading = replace(
        board(),
        days_of={("C1", "simple"): 5, ("R1", "simple"): 10, ("C2", "formal_notice"): 31},
        call_months={"C1": frozenset({1, 4, 7, 10})},
    )
    view, _ = screen(reading)
    assert "le 05/12, le 10/12" in told(view)
    assert "le 28/02" not in told(view), "C2 has no formal notice in February"
    assert view.controls.months.value.count("url(#wb-no-reminder)") == 2


def test_an_empty_portfolio_has_an_empty_screen() -> None:
    reading = board()
    empty = replace(
        reading, steps=reading.steps.iloc[:0], sent=reading.sent.iloc[:0],
        months=reading.months.iloc[:0], buildings=reading.buildings.iloc[:0],
        days=reading.days.iloc[:0],
    )  # fmt: skip
    view, _ = screen(empty)
    assert hidden(view.notice)
    assert view.reasons.empty_title == "Rien n’est bloqué ce jour-là."
    assert "Aucune relance dans les six mois" in told(view)


def test_what_was_taken_back_is_struck_and_not_counted() -> None:
    view, _ = screen()
    view.controls.which.value = "sent"
    table = view.lists.tables["sent"]
    cells = {row["id"]: row["cells"] for row in table.rows}
    assert cells["R3"][5]["strike"]
    assert table.total[1] == "Total 2"
    assert table.total[3] == "6\u00a0007,35"


def test_the_changes_open_on_demand() -> None:
    view, _ = screen()
    assert "− 0442" not in told(view)
    view.controls.more.click()
    assert "− 0442 : relance simple n’est plus à envoyer" in told(view)


def test_strangers_texts_stay_texts() -> None:
    reading = board()
    hostile = reading.steps.assign(words=HOSTILE, since_words=HOSTILE, building=HOSTILE)
    names = reading.buildings.assign(name=HOSTILE)
    view, desk = screen(replace(reading, steps=hostile, buildings=names, changes=(HOSTILE,) * 4))
    desk.failure = LedgerError(HOSTILE)
    view.controls.switch.click()
    for markup in (told(view), view.reader.head.value):
        assert "<script" not in markup
        assert "<img" not in markup


def test_only_the_shown_page_is_in_the_browser() -> None:
    reading = board()
    many = pd.concat([reading.steps] * 40, ignore_index=True)
    many["account_id"] = [f"N{n:05d}" for n in range(len(many))]
    view, _ = screen(replace(reading, steps=many))
    assert len(view.lists.tables["planned"].rows) <= 9
    view.controls.which.value = "planned"
    assert len(view.lists.tables["planned"].rows) == 9
    assert view.lists.tables["planned"].count == 480
