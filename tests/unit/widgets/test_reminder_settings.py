from dataclasses import replace

import pytest

from tests.unit.widgets.invented import HOSTILE, hidden
from tests.unit.widgets.invented_reminders import InventedSettings
from workbench.domain.errors import LedgerError
from workbench.domain.policies import FORMAL_NOTICE, ReminderType, Schedule
from workbench.domain.records import BuildingKind
from workbench.pipeline.reminder_texts import Change
from workbench.widgets.reminder_settings import ReminderSettings, change_words
from workbench.widgets.reminder_type_form import TypeForm, TypeRow, new_row, usual_rows

ROWS = (
    TypeRow(ReminderType(type="simple", order=1, threshold_cents=150_00,
                         exclusions=frozenset({"direct_debit"}))),
    TypeRow(ReminderType(type=FORMAL_NOTICE, order=2, fee_cents=42_00, is_automatic=False)),
    TypeRow(ReminderType(type="simple", order=1, building_id="C2", threshold_cents=500_00)),
)  # fmt: skip


class Instant(InventedSettings):
    """Without typesetting: a preview is a picture of nothing."""

    def text_of(self, type_name: str, name: str, building_kind: BuildingKind) -> tuple[str, str]:
        if name in self.saved:
            return name, "Objet : Rappel\n\n{{ tableau }}\n"
        return super().text_of(type_name, name, building_kind)

    def preview(self, *_given: object) -> bytes:
        if self.failure is not None:
            raise self.failure
        return b"\x89PNG"


def screen(*rows: TypeRow) -> tuple[ReminderSettings, Instant]:
    desk = Instant(rows)
    return ReminderSettings(desk), desk


def told(view: ReminderSettings) -> str:
    parts = (view.head, view.banner, view.title, view.history, view.notice, view.editor.fields)
    return " ".join(part.value for part in parts).replace("\u00a0", " ")


def open_row(view: ReminderSettings, row_id: str) -> None:
    view.table.receive(view.table, {"kind": "open", "id": row_id}, [])


def test_without_a_configuration_the_usual_one_is_shown_and_saved_whole() -> None:
    view, desk = screen()
    assert "Rien n’est encore réglé." in told(view)
    assert [row["id"] for row in view.table.rows] == ["simple/", "formal_notice/"]
    assert hidden(view.remove), "what is not there cannot be taken away"
    view.form.threshold.value = "150"
    view.save.click()
    assert [row.row_id for row in desk.rows] == ["formal_notice/", "simple/"]
    saved = {row.row_id: row for row in desk.rows}
    assert saved["simple/"].entry.threshold_cents == 150_00
    assert saved["simple/"].usual == {"schedule", "day_of_month"}
    assert saved["formal_notice/"] in usual_rows(), "the other one stays as it was of itself"


def test_a_row_that_is_saved_unchanged_stays_what_it_was() -> None:
    view, desk = screen(*ROWS)
    for row in ROWS:
        open_row(view, row.row_id)
        view.save.click()
        assert sorted(desk.rows, key=lambda one: one.row_id) == sorted(
            ROWS, key=lambda one: one.row_id
        )


def test_every_exclusion_can_be_lifted() -> None:
    view, desk = screen(*ROWS)
    open_row(view, "simple/")
    assert view.form.exclusions["direct_debit"].value
    view.form.exclusions["direct_debit"].value = False
    view.form.exclusions["card"].value = True
    view.save.click()
    saved = {row.row_id: row.entry for row in desk.rows}
    assert saved["simple/"].exclusions == {"card"}


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("day", "0", "jour : « 0 » n’est pas un jour du mois"),
        ("day", "32", "n’est pas un jour du mois"),
        ("day", "le 5", "n’est pas un jour du mois"),
        ("threshold", "cent", "seuil : « cent »"),
        ("fee", "1,234", "frais : « 1,234 »"),
    ],
)
def test_a_field_that_cannot_be_is_told_and_nothing_is_saved(
    name: str, typed: str, words: str
) -> None:
    view, desk = screen(*ROWS)
    open_row(view, "simple/")
    getattr(view.form, name).value = typed
    view.save.click()
    assert words.casefold() in told(view).casefold()
    assert desk.rows == list(ROWS)


@pytest.mark.parametrize("day", ["1", "31"])
def test_the_first_and_the_last_day_of_a_month_can_be(day: str) -> None:
    view, desk = screen(*ROWS)
    open_row(view, "simple/")
    view.form.day.value = day
    view.save.click()
    assert {row.row_id: row.entry for row in desk.rows}["simple/"].day_of_month == int(day)


def test_an_exception_of_one_building_is_a_row_of_its_own() -> None:
    view, desk = screen(*ROWS[:2])
    view.add.click()
    assert not view.form.name.disabled
    assert hidden(view.remove)
    view.form.name.value = "simple"
    view.form.building.value = "C1"
    view.form.schedule.value = str(Schedule.MONTHLY)
    view.save.click()
    (made,) = [row for row in desk.rows if row.entry.building_id == "C1"]
    assert made.entry.schedule is Schedule.MONTHLY
    assert made.usual == {"day_of_month", "threshold_cents", "strict"}


def test_a_new_type_does_not_replace_one_that_is_there() -> None:
    view, desk = screen(*ROWS)
    view.add.click()
    view.form.name.value = "simple"
    view.save.click()
    assert "est déjà dans la liste" in told(view)
    assert desk.rows == list(ROWS)
    view.form.name.value = " "
    view.save.click()
    assert "Donner un nom au type" in told(view)


def test_a_row_is_taken_away() -> None:
    view, desk = screen(*ROWS)
    open_row(view, "simple/C2")
    view.remove.click()
    assert [row.row_id for row in desk.rows] == ["simple/", "formal_notice/"]
    assert "Type retiré." in told(view)


def test_the_switch_is_here_too() -> None:
    view, desk = screen(*ROWS)
    view.switch.click()
    assert not desk.automatic
    assert view.switch.description == "Remettre en marche"


def test_the_text_of_the_type_comes_with_its_letter() -> None:
    view, _ = screen(*ROWS)
    open_row(view, "formal_notice/")
    assert view.editor.name.value == "mise-en-demeure-copropriete"
    assert view.editor.letter.value.startswith("<img")
    assert "taux_legal" in view.editor.fields.value
    open_row(view, "simple/")
    assert view.editor.name.value == "relance-copropriete"
    assert "taux_legal" not in view.editor.fields.value


def test_a_text_with_a_mistake_is_not_saved() -> None:
    view, desk = screen(*ROWS)
    view.editor.text.value += "\n{{ montent }}"
    view.editor.save.click()
    assert "montent" in told(view)
    assert desk.saved == []
    view.editor.text.value = view.editor.text.value.replace("{{ montent }}", "{{ montant }}")
    view.editor.save.click()
    assert desk.saved == ["relance-copropriete"]


def test_a_text_under_a_new_name_serves_once_the_type_chose_it() -> None:
    view, desk = screen(*ROWS)
    view.editor.name.value = "relance-2"
    view.editor.save.click()
    assert "Le type l’emploiera une fois enregistré." in told(view)
    assert view.form.text.value == "relance-2"
    view.save.click()
    assert {row.row_id: row.entry.text for row in desk.rows}["simple/"] == "relance-2"


def test_the_history_says_before_and_after() -> None:
    names = {"C2": "Villa Montjoie"}
    given = Change(
        at="2026-11-21T06:15:00Z", actor="C. Ardouin", subject="reminder_types:simple/C2",
        before={"threshold_cents": 100_00, "exclusions": "", "schedule": "calls"},
        after={"threshold_cents": 150_00, "exclusions": "card", "schedule": ""},
    )  # fmt: skip
    assert change_words(given, names) == (
        "Relance simple, Villa Montjoie : seuil 100,00 → 150,00, exclusions vide → carte, "
        "calendrier après l’appel → d’usage."
    )
    assert change_words(replace(given, before={}), names).endswith(" : ajouté.")
    assert change_words(replace(given, after={}), names).endswith(" : retiré.")
    text = replace(given, subject="text:relance-2", before={}, after={"text": "x"})
    assert change_words(text, names) == "Texte «\u00a0relance-2 » : créé."


def test_a_ledger_that_goes_away_is_told_and_the_form_stays() -> None:
    view, desk = screen(*ROWS)
    desk.failure = LedgerError("le registre ne répond plus")
    view.form.threshold.value = "175"
    view.save.click()
    assert "Le registre ne répond plus." in told(view)
    assert view.form.threshold.value == "175"


def test_strangers_texts_stay_texts() -> None:
    desk = Instant([TypeRow(replace(ROWS[0].entry, type=HOSTILE, text=HOSTILE))])
    desk.changes = [
        Change(at=HOSTILE, actor=HOSTILE, subject=f"reminder_types:{HOSTILE}/{HOSTILE}",
               before={HOSTILE: HOSTILE}, after={HOSTILE: HOSTILE})
    ]  # fmt: skip
    view = ReminderSettings(desk)
    assert "<script" not in told(view)
    assert "<img src=x" not in told(view)


def test_a_form_gives_back_what_it_was_shown() -> None:
    form = TypeForm()
    form.offer(buildings=[("Villa", "C2")], texts=["relance-2"])
    full = TypeRow(
        ReminderType(
            type="relance_2", order=3, schedule=Schedule.MONTHLY, day_of_month=31,
            threshold_cents=1, strict=False, exclusions=frozenset({"cheque", "transfer"}),
            text="relance-2", fee_cents=1_234_56, supplier_account="401", expense_account="622",
            auto_validate=True, is_automatic=False, building_id="C2",
        )
    )  # fmt: skip
    for row in (full, new_row(4), *usual_rows()):
        form.show(row, is_new=True)
        if row.entry.type:
            read = form.read()
            assert read.usual == row.usual
            if not row.usual:
                assert read == row
