"""What the cells of `notebooks/matching_quality.ipynb` show: how far the engine can be trusted.

Each section is a frame with its picture or table, in French. Every figure comes computed from
`pipeline.matching_quality`; nothing here writes to the ledger.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.documents import quality_pictures
from workbench.documents.answer import Answer
from workbench.documents.drawing import FULL, Picture
from workbench.documents.html import (
    Column,
    Html,
    State,
    Tile,
    el,
    fragment,
    french_count,
    french_share,
    masked_iban,
    message,
    section,
    table,
    tiles,
)
from workbench.domain.dates import french_date
from workbench.domain.errors import shortened
from workbench.domain.frames import rows_of
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.ledger.store import open_ledger
from workbench.matching.learning import LessonState
from workbench.matching.sampling import ClassState, class_words
from workbench.pipeline import matching_quality as quality
from workbench.pipeline.matching_quality import QualityData
from workbench.pipeline.settings import load_settings
from workbench.reports.decisions import BY_HAND, ENGINE
from workbench.runs.explained import day_words, explained_answer
from workbench.runs.page import many

MOST_ROWS: Final = 15
_WAY_WORDS: Final = {
    ENGINE: "par le moteur seul",
    BY_HAND: "par une personne",
    "partial": "en partie",
    "proposed": "proposés, à décider",
    "unmatched": "à identifier",
}
_LESSON_STATES: Final = {
    LessonState.ACTIVE: State("●", "retenu"),
    LessonState.SHARED: State("▲", "partagé", "alert"),
    LessonState.DEMOTED: State("▲", "corrigé", "alert"),
    LessonState.REVOKED: State("–", "oublié"),
}


def matching_quality(ledger: str = "", *, building_id: str = "") -> "MatchingQuality":
    """Reads how well the engine works, for the notebook.

    Args:
        ledger: SQLAlchemy URL; "" for `WORKBENCH_LEDGER`, then the default one.
        building_id: one building; "" for the portfolio.

    Raises:
        ParameterError: no such building.
        LedgerError: see `open_ledger`.
    """
    with open_ledger(ledger or None, read_only=True) as opened:
        rules = load_settings().sampling
        data = quality.quality_data(opened, building_id=building_id or None, rules=rules)
    return MatchingQuality(data, ledger=ledger, building_id=building_id)


class MatchingQuality:
    """The engine's quality; each method is one section, ready for Jupyter."""

    def __init__(self, data: QualityData, *, ledger: str = "", building_id: str = "") -> None:
        """Keeps what was computed.

        Args:
            data: of `pipeline.matching_quality.quality_data`.
            ledger: where a movement to explain is read from.
            building_id: one building; "" for the portfolio.
        """
        self.data = data
        self._ledger = ledger
        self._building_id = building_id

    def heading(self) -> Html:
        """What this is, of which building, as of which decision."""
        data = self.data
        day = french_date(date.fromisoformat(data.journal_at[:10])) if data.journal_at else "–"
        place = data.place or many(len(data.buildings), "immeuble")
        lines = [f"journal n° {data.journal_seq} du {day}", data.journal_hash[:16]]
        head = el(
            "div",
            el(
                "div",
                el("h1", "Jusqu’où croire le moteur"),
                el("p", f"{place} : ce qu’il règle seul, et ce que les contrôles en disent",
                   cls="lead"),
            ),
            el("div", *(el("div", line) for line in lines), cls="at"),
            cls="head",
        )  # fmt: skip
        return fragment(head, style=True)

    def verdict(self) -> Answer:
        """Four figures, then what they allow one to say."""
        data, overall = self.data, self.data.overall
        engine, counted = self._settled_by_engine()
        checked, wrong = int(data.classes["checked"].sum()), int(data.classes["wrong"].sum())
        fallen = data.classes[data.classes["state"] == ClassState.DEMOTED]
        alert = State("▲", "au moins une catégorie rétrogradée", "alert")
        figures = [
            Tile(
                label="Réglé par le moteur seul",
                figure=french_share(engine / counted) if counted else "–",
                note=f"{french_count(engine)} sur {many(counted, 'mouvement')}",
            ),
            Tile(
                label="Contrôlés par sondage",
                figure=french_count(checked),
                note=f"{french_count(wrong)} faux",
            ),
            Tile(
                label="Erreur, au plus",
                figure=french_share(overall.upper),
                note=f"à {french_share(data.rules.certainty)[:-4]}{NO_BREAK_SPACE}% de certitude",
            ),
            Tile(
                label="Catégories rétrogradées",
                figure=french_count(len(fallen)),
                note=", ".join(class_words(rule) for rule in fallen["rule"]) or "aucune",
                state=alert if len(fallen) else None,
            ),
        ]
        words = " ".join(self._sentences(checked, wrong))
        return Answer(
            data.classes,
            fragment(tiles(figures), el("p", el("b", "À retenir."), f" {words}", cls="verdict")),
        )

    def _settled_by_engine(self) -> tuple[int, int]:
        counts = dict(zip(self.data.decided["way"], self.data.decided["count"].tolist(),
                          strict=True))  # fmt: skip
        # What was set aside (bank fees) is nobody's success.
        return counts[ENGINE], sum(n for way, n in counts.items() if way != "ignored")

    def _sentences(self, checked: int, wrong: int) -> list[str]:
        data = self.data
        if not checked:
            draws = "«\u00a0workbench sample\u00a0» tire au sort les premiers à regarder."
            return ["Aucun lien n’a encore été contrôlé : rien n’est prouvé.", draws]
        upper = french_share(data.overall.upper)
        told = [
            f"{many(checked, 'lien')} du moteur tirés au sort et contrôlés, {wrong} faux.",
            f"Sur l’ensemble, il se trompe au plus dans {upper} des cas.",
        ]
        if data.overall.covered < 1:
            rest = 1 - data.overall.covered
            told.append(
                f"{french_share(rest)} des liens sont d’une catégorie jamais contrôlée, comptée "
                "ici comme entièrement fausse."
            )
        waiting = int(data.classes["waiting"].sum())
        if waiting:
            told.append(f"{many(waiting, 'lien')} tirés attendent leur contrôle.")
        return told

    def settled(self) -> Answer:
        """1: who settled what, in movements and money."""
        frame = self.data.decided
        frame = frame[frame["way"] != "ignored"].reset_index(drop=True)
        frame = frame.assign(words=frame["way"].map(_WAY_WORDS))
        total = int(frame["count"].sum())
        picture = Picture(
            quality_pictures.way_bars(frame),
            title="1. Qui règle les mouvements",
            subtitle=f"{many(total, 'mouvement')}, frais de banque écartés non comptés",
            words=_told(frame, "words", "count"),
        )
        columns = (
            Column(key="words", title="Réglés", width=40),
            Column(key="count", title="Mouvements", kind="count", summed=True),
            Column(key="amount_cents", title="Montant (€)", kind="money", summed=True),
            Column(key="actors", title="Par qui"),
        )
        return Answer(frame, fragment(picture.html(), table(frame, columns, total="Total")))

    def by_building(self) -> Answer:
        """1, by building: where the engine settles the least."""
        frame = self.data.buildings
        columns = (
            Column(key="name", title="Immeuble", width=34),
            Column(key="movements", title="Mouvements", kind="count", summed=True),
            Column(key="engine", title="Moteur", kind="count", summed=True),
            Column(key="people", title="Personnes", kind="count", summed=True),
            Column(key="waiting", title="Restent", kind="count", summed=True),
            Column(key="waiting_cents", title="Reste (€)", kind="money", summed=True),
            Column(key="share", title="Moteur (%)", kind="share"),
        )
        return Answer(
            frame,
            fragment(
                section("Par immeuble", "Du moins bien réglé par le moteur au mieux."),
                table(frame, columns, total="Total", limit=MOST_ROWS, remainder="autres immeubles"),
            ),
        )

    def precision(self) -> Answer:
        """2: what the samples prove, class by class."""
        rules = self.data.rules
        frame = self._accepted_classes()
        checked = frame[frame["checked"] > 0]
        picture = Picture(
            quality_pictures.error_ranges(frame, tolerated=rules.tolerated),
            title="2. Combien d’erreurs, au plus",
            subtitle="point : vu ; trait : ce que les contrôles laissent possible ; à droite, la "
            "borne haute ; hachuré : rien de contrôlé",
            words=_told(checked.assign(u=checked["upper"].map(french_share)), "words", "u")
            or "Aucune catégorie n’a été contrôlée.",
        )
        shown = [{**row, "shown": _class_state(row)} for row in rows_of(frame)]
        columns = (
            Column(key="words", title="Catégorie de preuve", width=20),
            Column(key="accepted", title="Acceptés", kind="count", summed=True),
            Column(key="drawn", title="Tirés", kind="count", summed=True),
            Column(key="checked", title="Contrôlés", kind="count", summed=True),
            Column(key="wrong", title="Faux", kind="count", summed=True),
            Column(key="rate", title="Taux", kind="share"),
            Column(key="upper", title="Au plus", kind="share"),
            Column(key="shown", title="État", kind="state"),
            Column(key="because", title="Pourquoi", width=20),
        )
        told = (
            f"Bornes exactes de Clopper et Pearson, d’un côté, à {round(rules.certainty * 100)} %. "
            f"Une catégorie est rétrogradée dès que les contrôles prouvent plus de "
            f"{french_share(rules.tolerated)} d’erreurs. Les contrôles sont ceux de tout le "
            "portefeuille."
        )
        return Answer(
            frame,
            fragment(picture.html(), table(shown, columns, total="Total"),
                     el("p", told, cls="quiet")),
        )  # fmt: skip

    def _accepted_classes(self) -> pd.DataFrame:
        """The classes of which something was accepted or checked; with their French words."""
        frame = self.data.classes
        told = (frame["accepted"] > 0) | (frame["checked"] > 0)
        frame = frame[told | (frame["state"] == ClassState.DEMOTED)].reset_index(drop=True)
        return frame.assign(words=frame["rule"].map(class_words), because=frame["words"])

    def bands(self) -> Answer:
        """3: accepted and proposed, class by class."""
        frame = self.data.classes
        frame = frame[(frame["accepted"] > 0) | (frame["proposed"] > 0) | (frame["undone"] > 0)]
        frame = frame.assign(words=frame["rule"].map(class_words)).reset_index(drop=True)
        picture = Picture(
            quality_pictures.accepted_and_proposed(frame, width=FULL),
            title="3. Sur quelle preuve",
            subtitle="plein : accepté ; hachuré : proposé ; les deux nombres à droite",
            words=_told(frame, "words", "accepted"),
        )
        left = next(row for row in rows_of(self.data.decided) if row["way"] == "unmatched")
        columns = (
            Column(key="words", title="Catégorie de preuve", width=28),
            Column(key="accepted", title="Acceptés", kind="count", summed=True),
            Column(key="accepted_cents", title="Montant (€)", kind="money", summed=True),
            Column(key="proposed", title="Proposés", kind="count", summed=True),
            Column(key="proposed_cents", title="Montant (€)", kind="money", summed=True),
            Column(key="undone", title="Annulés", kind="count", summed=True),
        )
        words = (
            f"Sans aucune proposition : {many(left['count'], 'mouvement')}, "
            f"{french_euros(left['amount_cents'])}."
        )
        return Answer(
            frame,
            fragment(picture.html(), table(frame, columns, total="Total"),
                     el("p", words, cls="quiet")),
        )  # fmt: skip

    def confidence(self) -> Answer:
        """4: how sure the engine says it is."""
        frame = self.data.confidences
        words = [
            _interval(low, high) for low, high in zip(frame["low"], frame["high"], strict=True)
        ]
        frame = frame.assign(words=words)
        picture = Picture(
            quality_pictures.accepted_and_proposed(frame, width=FULL),
            title="4. La certitude qu’il annonce",
            subtitle="plein : accepté ; hachuré : proposé ; elle ordonne, elle ne décide pas",
            words=_told(frame, "words", "accepted"),
        )
        return Answer(frame, fragment(picture.html()))

    def corrections(self) -> Answer:
        """5: what people took back of what the engine had accepted."""
        frame = self.data.corrections
        title = section(
            "5. Ce que les personnes ont corrigé", "Liens du moteur annulés, le dernier d’abord."
        )
        if frame.empty:
            words = "Aucun lien du moteur n’a été annulé."
            return Answer(frame, fragment(title, message(words)))
        shown = frame.assign(
            payer=[_payer(row) for row in rows_of(frame)],
            class_=frame["rule"].map(class_words),
            by=[_undone_by(row) for row in rows_of(frame)],
        )
        columns = (
            Column(key="booked_on", title="Date", kind="date"),
            Column(key="payer", title="Mouvement", width=20),
            Column(key="amount_cents", title="Montant (€)", kind="movement"),
            Column(key="class_", title="Catégorie", width=12),
            Column(key="account_id", title="Compte annulé", width=12),
            Column(key="now", title="Aujourd’hui", width=12),
            Column(key="by", title="Annulé par", width=15),
            Column(key="words", title="Motif"),
        )
        return Answer(
            frame,
            fragment(title, table(shown, columns, limit=MOST_ROWS, remainder="autres corrections")),
        )

    def lessons(self) -> Answer:
        """6: what was learnt of payers, weakened lessons first."""
        frame = self.data.lessons
        title = section(
            "6. Ce qu’il a appris des payeurs",
            "Des liens validés par des personnes ; «\u00a0workbench forget L…\u00a0» en oublie un.",
        )
        if frame.empty:
            return Answer(frame, fragment(title, message("Rien n’a encore été appris.")))
        ordered = frame.assign(weak=frame["state"] != LessonState.ACTIVE).sort_values(
            ["weak", "validated_at", "learned_id"], ascending=[False, False, True]
        )
        shown = [
            {
                **row,
                "payer": masked_iban(row["iban"]) or shortened(row["name"], limit=60),
                "validated": f"{row['validated_by']}, {day_words(row['validated_at'])}",
                "shown": _LESSON_STATES[LessonState(row["state"])],
            }
            for row in rows_of(ordered)
        ]
        columns = (
            Column(key="learned_id", title="Id", width=13),
            Column(key="building_id", title="Immeuble", width=8),
            Column(key="payer", title="Payeur", width=20),
            Column(key="account_id", title="Compte", width=13),
            Column(key="count", title="Liens", kind="count", width=5),
            Column(key="validated", title="Validé par", width=16),
            Column(key="shown", title="État", kind="state", width=11),
            Column(key="words", title="Pourquoi"),
        )
        active = int((frame["state"] == LessonState.ACTIVE).sum())
        words = f"{many(len(frame), 'association')} d’un payeur et d’un compte, {active} en usage."
        return Answer(
            frame,
            fragment(
                title,
                el("p", words),
                table(shown, columns, limit=MOST_ROWS, remainder="autres, « workbench learned »"),
            ),
        )

    def explanation(self, movement_id: str = "") -> Answer:
        """7: why one movement went where it did, as a waterfall and a sentence.

        Args:
            movement_id: the movement; "" for the largest proposal that waits.

        Raises:
            ParameterError: no such movement.
        """
        with open_ledger(self._ledger or None, read_only=True) as opened:
            found = quality.explained(
                opened, movement_id=movement_id, building_id=self._building_id or None
            )
        if found is None:
            empty = message("Aucun mouvement à expliquer.", "Ni proposition, ni lien du moteur.")
            return Answer(pd.DataFrame(), fragment(section("7. Un mouvement expliqué"), empty))
        return explained_answer(found)


def _class_state(row: Mapping[str, Any]) -> State:
    if row["state"] == ClassState.DEMOTED:
        return State("▲", "proposée", "alert")
    return State("●", "acceptée") if row["state"] else State("◇", "proposée")


def _interval(low: float, high: float) -> str:
    first, last = f"{low * 100:g}".replace(".", ","), f"{high * 100:g}".replace(".", ",")
    return f"de {first} à {last}{NO_BREAK_SPACE}%"


def _undone_by(row: Mapping[str, Any]) -> str:
    where = ", au sondage" if row["in_sample"] else ""
    return f"{row['undone_by']}, {day_words(row['undone_at'])}{where}"


def _payer(row: Mapping[str, Any]) -> str:
    return shortened(str(row["counterparty"] or row["label"]), limit=60)


def _told(frame: pd.DataFrame, name: str, value: str) -> str:
    """Returns a picture in words: `par le moteur seul 12, par une personne 3`."""
    pairs: Sequence[tuple[str, object]] = list(zip(frame[name], frame[value], strict=True))
    return ", ".join(f"{words} {said}" for words, said in pairs)
