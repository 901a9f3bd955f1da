"""The screens' desks on a ledger: each button's function, and the words that come back."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests import office_to_remind
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.policies import FORMAL_NOTICE, ReminderType
from workbench.ledger import reminding, verification
from workbench.ledger.store import open_ledger
from workbench.pipeline.settings import Settings
from workbench.widgets.reminder_board import Board
from workbench.widgets.reminder_desk import LedgerDesk
from workbench.widgets.reminder_settings_desk import LedgerSettings
from workbench.widgets.reminder_type_form import TypeRow, usual_rows
from workbench.widgets.session import Session

TEMPLATES = Path(__file__).parents[3] / "templates"
SIMPLE_ON = date(2026, 3, 5)
OWNERS = [
    *office_to_remind.TABLES["accounts"],
    {"account_id": "103", "building_id": "B1", "holder": "Mme Bréhon", "kind": "coowner",
     **office_to_remind.ADDRESS},
]  # fmt: skip
DUES = [
    *office_to_remind.TABLES["dues"],
    {"due_id": "D103", "account_id": "103", "kind": "call", "amount_cents": 500_00,
     "due_on": date(2026, 2, 20), "call_id": "C1", "label": "Appel T1"},
]  # fmt: skip


class Office:
    """A ledger, and the day that the office has."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.day = SIMPLE_ON
        self.session = Session(
            reading=lambda: open_ledger(url, read_only=True), writing=lambda: open_ledger(url),
            actor="C. Ardouin", now=lambda: datetime(2026, 3, 5, 9, 0, tzinfo=UTC),
            as_of=lambda: self.day,
        )  # fmt: skip
        self.desk = LedgerDesk(self.session, templates=TEMPLATES, settings=Settings)

    def read(self, day: date | None = None, building_id: str = "") -> Board:
        return self.desk.read(day=day, building_id=building_id)

    def validate(self, *row_ids: str) -> str:
        board = self.read()
        chosen = row_ids or tuple(board.leaving()["row_id"])
        return self.desk.validate(board, list(chosen), progress=lambda *_told: None)

    def states(self) -> dict[str, str]:
        with open_ledger(self.url, read_only=True) as ledger:
            frame = reminding.reminders(ledger)
            assert list(verification.broken_records(ledger)) == []
        return dict(zip(frame["account_id"], frame["state"], strict=True))


@pytest.fixture
def office(ledger_url: str) -> Office:
    """Two owners and a tenant to remind, on both engines."""
    office_to_remind.make(ledger_url, accounts=OWNERS, dues=DUES)
    return Office(ledger_url)


@pytest.fixture
def light_office(sqlite_url: str) -> Office:
    """The same on one engine."""
    office_to_remind.make(sqlite_url, accounts=OWNERS, dues=DUES)
    return Office(sqlite_url)


def test_a_reading_shows_what_leaves_and_writes_nothing(office: Office) -> None:
    board = office.read()
    assert board.leaving()["account_id"].tolist() == ["101", "103", "201"]
    assert board.kinds == ("simple", FORMAL_NOTICE)
    assert board.days["count"].tolist()[0] == 3
    assert board.compared_with is None
    assert office.read().compared_with == SIMPLE_ON
    assert office.states() == {}


def test_what_is_validated_leaves_once(office: Office) -> None:
    told = office.validate("a:101", "a:201")
    assert told.startswith("2\u00a0lettres validées : 2 relances simples. À envoyer depuis")
    assert office.states() == {"101": "sent", "201": "sent"}
    board = office.read()
    assert board.leaving()["account_id"].tolist() == ["103"]
    sent = board.sent.set_index("account_id")
    assert sent.loc["101", "state"] == "to_post"
    assert sent.loc["201", "state"] == "queued", "by mail"
    assert sent["can_undo"].all()
    again = office.validate("a:101")
    assert again.startswith("Aucune lettre n’est partie. Pas fait\u00a0: 101 : plus rien à envoyer")


def test_a_type_that_a_person_validates_leaves_with_the_same_button(office: Office) -> None:
    settings = LedgerSettings(office.session, templates=TEMPLATES)
    simple, notice = usual_rows()
    manual = TypeRow(ReminderType(type="simple", order=1, is_automatic=False), simple.usual)
    assert settings.save([manual, notice]) == "2 types enregistrés."
    assert {row.row_id: row.usual for row in settings.read().rows} == {
        "simple/": simple.usual, "formal_notice/": notice.usual,
    }  # fmt: skip
    assert "3\u00a0lettres validées" in office.validate()
    assert set(office.states().values()) == {"sent"}


def test_a_letter_that_waits_is_listed_among_what_leaves(light_office: Office) -> None:
    office = light_office
    settings = LedgerSettings(office.session, templates=TEMPLATES)
    simple, notice = usual_rows()
    settings.save([TypeRow(ReminderType(type="simple", order=1, is_automatic=False), simple.usual),
                   notice])  # fmt: skip
    with open_ledger(office.url) as ledger:
        office.desk._generate(  # noqa: SLF001 - what a scheduled run does
            ledger, as_of=SIMPLE_ON, dry_run=False, building_id=""
        )
    board = office.read()
    leaving = board.leaving()
    assert leaving["waits"].all()
    assert leaving["row_id"].str.startswith("R").all()
    assert len(leaving) == 3
    office.validate(str(leaving["row_id"].iloc[0]))
    assert len(office.read().leaving()) == 2


def test_a_later_day_is_a_forecast_that_is_not_remembered(light_office: Office) -> None:
    light_office.validate()
    later = light_office.read(date(2026, 5, 5))
    assert not later.is_today
    assert set(later.leaving()["kind"]) == {FORMAL_NOTICE}
    assert light_office.read().compared_with == SIMPLE_ON


def test_a_day_that_is_past_is_the_business_day(light_office: Office) -> None:
    assert light_office.read(date(2020, 1, 1)).day == SIMPLE_ON


def test_a_part_payment_takes_the_formal_notice_away(light_office: Office) -> None:
    light_office.validate()
    office_to_remind.pay(light_office.url, "D101", 100_00, date(2026, 3, 10))
    board = light_office.read(date(2026, 5, 5))
    assert "101" not in set(board.leaving()["account_id"])
    assert board.blocked("partial_payment")["account_id"].tolist() == ["101"]


def test_moving_says_what_could_not_be(light_office: Office) -> None:
    with pytest.raises(ParameterError, match="passé"):
        light_office.desk.move(["101"], to=date(2026, 3, 1))
    told = light_office.desk.move(["101", "103", "nobody"], to=date(2026, 3, 20))
    assert told.startswith("2 dates déplacées au 20/03/2026. Pas fait")
    assert "nobody" in told
    planned = light_office.read().planned()
    assert planned["account_id"].tolist() == ["101", "103"]
    assert planned["move_id"].tolist() == ["V1", "V2"]
    assert light_office.desk.undo(["V1"], reason="erreur") == "1 déplacement annulé."
    assert "101" in set(light_office.read().leaving()["account_id"])


def test_a_building_sleeps_and_wakes(light_office: Office) -> None:
    desk = light_office.desk
    with pytest.raises(ParameterError, match="6 mois au plus"):
        desk.snooze("B1", until=date(2026, 9, 6))
    desk.snooze("B1", until=date(2026, 9, 5))
    board = light_office.read()
    assert board.asleep()["name"].tolist() == ["Les Tilleuls"]
    assert set(board.blocked("snoozed")["account_id"]) == {"101", "103"}
    assert "réveillées" in desk.wake("B1")
    assert light_office.read().asleep().empty


def test_by_hand_not_tomorrow_and_not_for_nothing(light_office: Office) -> None:
    desk = light_office.desk
    with pytest.raises(ParameterError, match="à venir"):
        desk.remind("101", kind="simple", on=date(2026, 3, 6), bill=True)
    told = desk.remind("101", kind="simple", on=SIMPLE_ON, bill=True)
    assert told.startswith("Relance simple du 05/03/2026, 300,00")
    assert desk.find_accounts("noé") == [("101 Mme Noé", "101")]
    assert desk.find_accounts("personne") == []


def test_taking_back_is_possible_until_it_left(light_office: Office) -> None:
    desk = light_office.desk
    light_office.validate()
    assert desk.undo(["R1"], reason="doublon").startswith("1\u00a0lettre annulée")
    letters = light_office.read().sent.set_index("reminder_id")["letter_id"]
    assert "marquée postée" in desk.posted([letters["R2"]], on=SIMPLE_ON, number="")
    with pytest.raises(DecisionRefusedError):
        desk.undo(["R2"], reason="trop tard")
    assert light_office.states()["101"] == "cancelled"


def test_letters_to_post_are_one_file(light_office: Office) -> None:
    light_office.validate()
    sent = light_office.read().sent
    ids = sent.loc[sent["state"] == "to_post", "letter_id"].tolist()
    assert len(ids) == 2
    assert light_office.desk.printed(ids).startswith(b"%PDF")


def test_mails_need_a_server_and_say_so(light_office: Office) -> None:
    light_office.validate()
    with pytest.raises(ParameterError, match="aucun serveur de courrier"):
        light_office.desk.mail(progress=lambda *_told: None)


def test_a_letter_is_read_before_and_after_it_left(light_office: Office) -> None:
    before = light_office.desk.letter(light_office.read(), "a:101")
    assert before.picture.startswith(b"\x89PNG")
    assert before.content == b""
    assert before.words == (
        "Relance simple, 300,00\u00a0€, appel envoyé le 01/02, envoi\u00a0: lettre."
    )
    light_office.validate("a:101")
    board = light_office.read()
    after = light_office.desk.letter(board, "R1")
    assert after.content.startswith(b"%PDF")
    assert after.picture.startswith(b"\x89PNG")
    later = light_office.desk.letter(board, "a:101")
    assert "mise_en_demeure" in later.name.replace("-", "_"), "the next one, as it would be"
    with pytest.raises(ParameterError, match="n’est plus là"):
        light_office.desk.letter(board, "R99")


def test_a_blocked_account_has_no_letter_but_a_reason(light_office: Office) -> None:
    light_office.desk.snooze("B1", until=date(2026, 6, 1))
    paper = light_office.desk.letter(light_office.read(), "a:101")
    assert paper.picture == b""
    assert "Aucune lettre ne part" in paper.words


def test_the_switch_stops_runs(light_office: Office) -> None:
    assert light_office.desk.set_automatic(on=False) == "Envoi automatique arrêté."
    board = light_office.read()
    assert not board.automatic
    assert board.leaving().empty
    light_office.desk.set_automatic(on=True)
    assert len(light_office.read().leaving()) == 3


def test_the_configuration_goes_around(light_office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    desk = LedgerSettings(light_office.session, templates=folder)
    assert desk.read().rows == ()
    desk.save(usual_rows())
    rows = {row.row_id: row.usual for row in desk.read().rows}
    assert rows == {row.row_id: row.usual for row in usual_rows()}
    assert desk.save(usual_rows()) == "Rien à enregistrer : tout était déjà ainsi."
    before = light_office.read().leaving()["account_id"].tolist()
    assert before == ["101", "103", "201"], "saving what holds anyway changes nothing"
    assert desk.remove(usual_rows()[1]) == "Type retiré."
    assert "enregistré" in desk.save_text("simple", "relance-2", "Objet : x\n\n{{ tableau }}\n")
    assert len(desk.read().changes) == 4
