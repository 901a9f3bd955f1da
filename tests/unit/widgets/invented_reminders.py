"""An invented day of reminders for the screen: no ledger, the same every time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from tests.unit.widgets.invented import HOSTILE
from workbench.documents import texts
from workbench.domain.errors import ParameterError
from workbench.domain.progress import Progress
from workbench.domain.records import BuildingKind
from workbench.pipeline import reminder_texts
from workbench.pipeline.reminder_texts import Change
from workbench.widgets.reminder_board import Board, Paper
from workbench.widgets.reminder_settings import Configuration
from workbench.widgets.reminder_type_form import TypeRow

TEMPLATES = Path(__file__).parents[3] / "templates"

DAY = date(2026, 12, 5)
BUILDINGS = {
    "C1": "Résidence Les Tilleuls",
    "C2": "Villa Montjoie",
    "C3": "Le Clos Saint-Martin",
    "R1": "8 quai des Brumes",
}
_LEAVING = (
    ("0431", "Auberjonois Lise", "C1", "simple", 410_00, "post"),
    ("0422", "Bréhon Yann", "C1", "simple", 4_552_18, "email"),
    ("0440", "Marchetot Hélène", "C1", "simple", 624_30, "email"),
    ("0448", HOSTILE, "C1", "simple", 248_60, "post"),
    ("0611", "Rivoirel Paul", "C2", "formal_notice", 4_977_60, "registered"),
    ("0618", "Trévalec Nolwenn", "C2", "formal_notice", 883_12, "registered"),
)
_BLOCKED = (
    ("0419", "C1", "not_delivered", 700_00, "le dernier appel est revenu par la poste"),
    ("0638", "C2", "not_delivered", 762_30, "le dernier appel est non distribué"),
    ("0705", "C2", "plan_running", 11_507_67, "un échéancier est en cours depuis le 01/09/2026"),
    ("0503", "C3", "snoozed", 2_418_90, "relances de l’immeuble en sommeil jusqu’au 31/01/2027"),
    ("0441", "C1", "partial_payment", 343_70, "100,00 € reçus depuis la relance du 05/11/2026"),
    ("0452", "C1", "below_threshold", 64_00, "64,00 € en retard, ne dépasse pas le seuil"),
    ("0460", "C1", "excluded", 256_20, "exclu de ce type : paie par prélèvement"),
)


def steps() -> pd.DataFrame:
    """Returns six letters that leave, seven blocked accounts, twelve that come later."""
    rows = [
        _step(code, holder, key, kind, cents, channel=channel, state="due")
        for code, holder, key, kind, cents, channel in _LEAVING
    ]
    rows += [
        _step(code, f"Bloqué {code}", key, "simple", cents, state="blocked", reason=reason,
              words=words)
        for code, key, reason, cents, words in _BLOCKED
    ]  # fmt: skip
    rows += [
        _step(f"09{n:02d}", f"Futur {n}", "R1", "simple", 100_00 + n, state="planned",
              day="2027-01-10" if n % 2 else "2027-02-05")
        for n in range(12)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["planned_on"] = pd.to_datetime(frame["planned_on"]).astype("datetime64[s]")
    frame["moved_from"] = pd.to_datetime(frame["moved_from"]).astype("datetime64[s]")
    return frame


def _step(
    code: str,
    holder: str,
    building_id: str,
    kind: str,
    cents: int,
    *,
    state: str,
    channel: str = "post",
    reason: str = "",
    words: str = "",
    day: str = "2026-12-05",
) -> dict[str, object]:
    simple = kind == "simple"
    return {
        "account_id": f"A{code}", "code": code, "holder": holder, "building_id": building_id,
        "building": BUILDINGS[building_id], "kind": kind, "planned_on": day, "state": state,
        "reason": reason, "words": words,
        "since_words": "appel envoyé le 12/10" if simple else "relance du 05/11, impayée",
        "amount_cents": cents, "moved_from": None, "channel": channel,
        "fee_cents": 0 if simple else 42_00, "email": "", "move_id": "",
    }  # fmt: skip


def sent() -> pd.DataFrame:
    """Returns one reminder that left, one that waits for a person, one undone."""
    frame = pd.DataFrame(
        {
            "reminder_id": ["R1", "R2", "R3"],
            "account_id": ["A0611", "A0702", "A0703"],
            "code": ["0611", "0702", "0703"],
            "holder": ["Rivoirel Paul", "Kerdoncuff Ewen", "Annulé Jean"],
            "building_id": "C2",
            "building": BUILDINGS["C2"],
            "kind": ["simple", "formal_notice", "simple"],
            "amount_cents": [4_977_60, 1_029_75, 300_00],
            "on": pd.to_datetime(["2026-11-05", "2026-12-05", "2026-11-05"]).astype(
                "datetime64[s]"
            ),
            "state": ["sent", "waiting", "cancelled"],
            "channel": ["post", "registered", "email"],
            "letter_id": ["C1", "C2", "C3"],
            "words": ["posté le 06/11/2026", "à valider", "annulé : doublon"],
            "can_undo": [False, True, False],
        }
    )
    frame["can_undo"] = frame["can_undo"].astype(bool)
    return frame


def board() -> Board:
    """Returns the whole reading."""
    months = [
        ("C1", "2026-12-01", "simple", 4), ("C1", "2027-03-01", "formal_notice", 4),
        ("C2", "2026-12-01", "formal_notice", 2), ("C2", "2027-02-01", "simple", 5),
        ("C3", "2027-02-01", "simple", 7), ("R1", "2026-12-01", "simple", 3),
        ("R1", "2027-01-01", "simple", 2), ("R1", "2027-01-01", "formal_notice", 3),
    ]  # fmt: skip
    frame = pd.DataFrame(months, columns=["building_id", "month", "kind", "count"])
    frame["month"] = pd.to_datetime(frame["month"]).astype("datetime64[s]")
    return Board(
        as_of=DAY,
        day=DAY,
        steps=steps(),
        sent=sent(),
        months=frame,
        buildings=pd.DataFrame(
            {
                "building_id": list(BUILDINGS),
                "name": list(BUILDINGS.values()),
                "asleep_since": pd.to_datetime(["", "", "2026-09-01", ""]).astype("datetime64[s]"),
                "asleep_until": pd.to_datetime(["", "", "2027-01-31", ""]).astype("datetime64[s]"),
            }
        ),
        kinds=("simple", "formal_notice"),
        days=pd.DataFrame(
            {
                "day": pd.to_datetime(["2026-12-05", "2027-01-10", "2027-02-05"]).astype(
                    "datetime64[s]"
                ),
                "count": [6, 6, 6],
            }
        ),
        latest_wake=date(2027, 6, 5),
        changes=(
            "Depuis la simulation du 20/11/2026 :",
            "+ 0440 : relance simple à envoyer",
            "+ 0448 : relance simple à envoyer",
            "− 0442 : relance simple n’est plus à envoyer",
        ),
    )


class InventedDesk:
    """Stands for the ledger: remembers what was asked, and answers it was done."""

    def __init__(self, of: Board | None = None) -> None:
        self.board = of or board()
        self.asked: list[tuple[object, ...]] = []
        self.failure: Exception | None = None

    def _did(self, *what: object) -> str:
        if self.failure is not None:
            raise self.failure
        self.asked.append(what)
        return f"Fait : {what[0]}."

    def named(self) -> list[str]:
        """Returns the rows, accounts or letters that were named last."""
        lists = [part for part in self.asked[-1] if isinstance(part, list)]
        return [str(name) for part in lists for name in part]

    def read(self, *, day: date | None, building_id: str) -> Board:
        if self.failure is not None:
            raise self.failure
        return replace(self.board, day=day or self.board.as_of, building_id=building_id)

    def validate(self, board: Board, row_ids: Sequence[str], *, progress: Progress) -> str:
        progress(1, len(row_ids), "")
        return self._did("validate", board.day, sorted(row_ids))

    def remind(self, account_id: str, *, kind: str, on: date, bill: bool) -> str:
        return self._did("remind", account_id, kind, on, bill)

    def move(self, account_ids: Sequence[str], *, to: date) -> str:
        return self._did("move", sorted(account_ids), to)

    def snooze(self, building_id: str, *, until: date) -> str:
        return self._did("snooze", building_id, until)

    def wake(self, building_id: str) -> str:
        return self._did("wake", building_id)

    def set_automatic(self, *, on: bool) -> str:
        self.board = replace(self.board, automatic=on)
        return self._did("automatic", on)

    def undo(self, identifiers: Sequence[str], *, reason: str) -> str:
        return self._did("undo", sorted(identifiers), reason)

    def mail(self, *, progress: Progress) -> str:
        progress(1, 1, "")
        return self._did("mail")

    def printed(self, letter_ids: Sequence[str]) -> bytes:
        self._did("printed", sorted(letter_ids))
        return b"%PDF"

    def posted(self, letter_ids: Sequence[str], *, on: date, number: str) -> str:
        return self._did("posted", sorted(letter_ids), on, number)

    def find_accounts(self, words: str) -> list[tuple[str, str]]:
        steps = self.board.steps
        found = steps[steps["code"].str.contains(words, regex=False)]
        return [
            (f"{code} {holder}", account)
            for code, holder, account in zip(
                found["code"], found["holder"], found["account_id"], strict=True
            )
        ]

    def letter(self, board: Board, row_id: str) -> Paper:
        if row_id == "a:A0448":
            raise ParameterError("l’adresse du destinataire manque")
        made = row_id.startswith("R")
        return Paper(
            title=f"Lettre de {row_id}", name="lettre.pdf", picture=b"" if made else b"\x89PNG",
            content=b"%PDF" if made else b"", words=f"vue le {board.day.isoformat()}",
        )  # fmt: skip


class InventedSettings:
    """Stands for the configuration: remembers what was saved."""

    def __init__(self, rows: Sequence[TypeRow] = (), *, templates: Path = TEMPLATES) -> None:
        self.rows = list(rows)
        self.automatic = True
        self.templates = templates
        self.changes: list[Change] = []
        self.saved: list[str] = []
        self.failure: Exception | None = None

    def read(self) -> Configuration:
        if self.failure is not None:
            raise self.failure
        return Configuration(
            rows=tuple(sorted(self.rows, key=lambda row: row.entry.order)),
            automatic=self.automatic,
            buildings=tuple((name, key) for key, name in BUILDINGS.items()),
            texts=("relance-copropriete", "relance-location", *self.saved),
            changes=tuple(self.changes),
        )

    def save(self, rows: Sequence[TypeRow]) -> str:
        if self.failure is not None:
            raise self.failure
        self.rows = list(rows)
        return "Réglage enregistré."

    def remove(self, row: TypeRow) -> str:
        if row not in self.rows:
            raise ParameterError("aucun réglage de ce type à retirer")
        self.rows.remove(row)
        return "Type retiré."

    def set_automatic(self, *, on: bool) -> str:
        self.automatic = on
        return "Envoi automatique en marche." if on else "Envoi automatique arrêté."

    def text_of(self, type_name: str, name: str, building_kind: BuildingKind) -> tuple[str, str]:
        name = name or reminder_texts.usual_text(type_name, building_kind)
        return name, texts.read_text(self.templates, name)

    def preview(self, type_name: str, text: str, building_kind: BuildingKind) -> bytes:
        return reminder_texts.preview_text(
            text, folder=self.templates, type_name=type_name, building_kind=building_kind
        )

    def save_text(self, type_name: str, name: str, text: str) -> str:
        kind = reminder_texts.kind_of(type_name)
        problems = texts.check_text(text, kind=kind)
        if problems:
            raise ParameterError(str(problems[0]))
        self.saved.append(name)
        return "Texte enregistré."
