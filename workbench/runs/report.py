"""What the cells of `notebooks/month_end.ipynb` show: one method a section, in French, for paper.

Words and layout only; every figure comes computed from `pipeline.closing`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from workbench.documents import pictures
from workbench.documents.drawing import Picture
from workbench.documents.html import (
    FINE,
    GAP,
    Column,
    Html,
    RowStyle,
    State,
    Tile,
    el,
    findings_table,
    fragment,
    french_count,
    french_share,
    join,
    masked_iban,
    message,
    page_footer,
    section,
    table,
    tiles,
)
from workbench.documents.pictures import BUCKET_WORDS
from workbench.domain.dates import DateError, Period, french_date
from workbench.domain.errors import ParameterError, shortened
from workbench.domain.findings import Severity
from workbench.domain.money import french_amount, french_euros
from workbench.ledger.store import open_ledger
from workbench.pipeline.closing import MonthEndData, month_end_data
from workbench.reports.decisions import BY_HAND, ENGINE
from workbench.runs.page import FIGURES_MIME, KeyFigures, many, of_month, office_time
from workbench.runs.report_bank import (
    bank_name,
    item_table,
    reconciliation,
    statement_table,
    treasury_table,
)
from workbench.runs.report_reminders import blocked_table, reminder_blocks, sent_table
from workbench.runs.report_verdict import is_rental, late_accounts, sentences, statements_follow

# Beyond, the rest is one line with its count and sum, and the whole list stands in the annex.
MOST_ROWS: Final = 10
MOST_ITEMS: Final = 7
_WAYS: Final = {
    ENGINE: State("●", "rapprochés par le moteur"),
    BY_HAND: State("●", "rapprochés à la main"),
    "partial": State("◐", "rapprochés en partie"),
    "ignored": State("–", "écartés, frais bancaires et autres motifs"),
    "proposed": State("◇", "proposés, à valider", "accent"),
    "unmatched": State("○", "à identifier"),
}
_MOVEMENT_COLUMNS: Final = (
    Column(key="booked_on", title="Date", kind="date", width=11),
    Column(key="payer", title="Payeur", width=37),
    Column(key="missing", title="Ce qui manque"),
    Column(key="open_cents", title="Montant (€)", kind="movement", summed=True),
)


def month_end_report(
    ledger: str, *, building_id: str, period: str, at: str, actor: str
) -> "MonthEndReport":
    """Reads a building's month-end from a ledger, for the notebook.

    Args:
        ledger: SQLAlchemy URL; "" for `WORKBENCH_LEDGER`, then the default one.
        building_id: the building.
        period: `2026-10`.
        at: ISO moment the report is made at, with its time zone.
        actor: who makes it.

    Raises:
        ParameterError: no such building, or a value that is no period or no moment.
        LedgerError: see `open_ledger`.
    """
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise ParameterError(f"at : « {shortened(at)} » n’est pas un moment") from None
    try:
        month = Period.parse(period)
    except DateError as error:
        raise ParameterError(f"period : {error}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    with open_ledger(ledger or None, read_only=True) as opened:
        data = month_end_data(opened, building_id=building_id, period=month)
    return MonthEndReport(data, at=moment, actor=actor)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict as people read it, and its figures for the index page."""

    html: Html
    figures: dict[str, Any]

    def _repr_mimebundle_(self, **_options: object) -> dict[str, object]:
        return {"text/html": self.html.markup, FIGURES_MIME: self.figures}


class MonthEndReport:
    """The report of one building and month; each method is one section, ready for Jupyter."""

    def __init__(self, data: MonthEndData, *, at: datetime, actor: str = "") -> None:
        """Keeps what was computed.

        Args:
            data: of `month_end_data`.
            at: when the report is made, aware.
            actor: who makes it.
        """
        self.data = data
        self.at = at
        self.actor = actor

    @property
    def title(self) -> str:
        """`Clôture d’octobre 2026`."""
        return f"Clôture {of_month(self.data.period)}"

    def heading(self) -> Html:
        """What this is, of which building, as of when, and the foot of the printed pages."""
        data = self.data
        kind = "location" if is_rental(self.data) else "copropriété"
        about = f"{data.building}, {kind}, {many(data.account_count, 'compte')}"
        banks = ", ".join(masked_iban(iban) for iban in data.bank_accounts["iban"][:3])
        by = f" par {self.actor}" if self.actor else ""
        lines = [
            f"arrêté au {french_date(data.as_of)}",
            f"établi le {office_time(self.at)}{by}",
            f"banque {banks}" if banks else "aucun compte bancaire connu",
        ]
        footer = page_footer(
            left=f"{data.building} · {self.title[0].lower()}{self.title[1:]}",
            center=f"journal n° {data.journal_seq} · {_short_hash(data.journal_hash)}",
        )
        head = el(
            "div",
            el("div", el("h1", self.title), el("p", about, cls="lead")),
            el("div", *(el("div", line) for line in lines), cls="at"),
            cls="head",
        )
        return join(footer, fragment(head, style=True))

    def verdict(self) -> Verdict:
        """Four figures and what to keep in mind, before any table."""
        data = self.data
        gap = data.gap_cents
        figures = [
            Tile(label="Solde en banque", figure=_euros_or_dash(data.bank_cents)),
            Tile(
                label="Écart de rapprochement",
                figure=_euros_or_dash(gap),
                state=None if gap is None else GAP if gap else FINE,
            ),
            Tile(label="En retard", figure=french_euros(data.overdue_cents)),
            Tile(label="À traiter", figure=many(len(data.waiting), "mouvement")),
        ]
        words = " ".join(sentences(self.data))
        html = fragment(tiles(figures), el("p", el("b", "À retenir."), f" {words}", cls="verdict"))
        return Verdict(html, {"title": self._window_title, "figures": self._key_figures()})

    @property
    def _window_title(self) -> str:
        return f"{self.title}, {self.data.building}"

    def _key_figures(self) -> dict[str, Any]:
        data = self.data
        figures = KeyFigures(
            building=data.building,
            bank_cents=data.bank_cents,
            gap_cents=data.gap_cents,
            overdue_cents=data.overdue_cents,
            to_do=len(data.waiting),
            errors=sum(1 for finding in data.findings if finding.severity is Severity.ERROR),
            journal_seq=data.journal_seq,
            journal_hash=data.journal_hash,
        )
        return {name: getattr(figures, name) for name in KeyFigures.__slots__}

    def statements(self) -> Html:
        """1: the month's statements, each opening on the balance of the one before."""
        title = "1. Les relevés se suivent"
        if not len(self.data.statements):
            title = "1. Aucun relevé pour ce mois"
        elif (self.data.statements["follows"] == "no_balance").all():
            title = "1. Les relevés ne portent pas de solde"
        elif not statements_follow(self.data):
            title = "1. Les relevés ne se suivent pas tous"
        subtitle = "Chaque solde d’ouverture est le solde de clôture du relevé d’avant. En €."
        return fragment(
            section(title, subtitle),
            *self._statement_tables(limit=MOST_ROWS + 2),
        )

    def _statement_tables(self, *, limit: int) -> Iterator[Html]:
        """One table a bank account, named where there are several."""
        banks = self.data.bank_accounts
        for place, iban in enumerate(banks["iban"]):
            told = self.data.statements[self.data.statements["iban"] == iban]
            if len(told):
                if len(banks) > 1:
                    yield el("h3", self._bank_name(place))
                yield statement_table(told, period=self.data.period, limit=limit)

    def _bank_name(self, place: int) -> str:
        row = self.data.bank_accounts.iloc[place]
        name = bank_name(str(row["iban"]), str(row["kind"]))
        return f"{name[0].upper()}{name[1:]}"

    def bank_reconciliation(self) -> Html:
        """2: what separates the bank from the books, line by line, and the gap in a frame."""
        several = len(self.data.reconciliations) > 1
        blocks = [
            reconciliation(each, name=self._bank_name(place) if several else "", limit=MOST_ITEMS)
            for place, each in enumerate(self.data.reconciliations)
        ]
        return fragment(
            section(
                "2. État de rapprochement bancaire",
                "Ce qui sépare la banque des livres, ligne à ligne. En €.",
            ),
            *blocks,
        )

    def treasury(self) -> Html:
        """3: each balance of the books and what proves it."""
        lines = treasury_table(
            self.data.control, bank_accounts=self.data.bank_accounts, as_of=self.data.as_of
        )
        return fragment(section("3. Trésorerie de l’immeuble"), lines)

    def unmatched(self) -> Html:
        """4: movements that wait for their account, the largest first."""
        title = section("4. Mouvements sans compte, du plus grand au plus petit")
        if not len(self.data.waiting):
            return fragment(title, message("Tout est rapproché.", "Rien n’attend de décision."))
        return fragment(title, self._waiting_table(limit=MOST_ROWS))

    def _waiting_table(self, *, limit: int) -> Html:
        total = f"Total, {many(len(self.data.waiting), 'mouvement')}"
        return table(self.data.waiting, _MOVEMENT_COLUMNS, total=total, limit=limit)

    def ageing(self) -> Picture:
        """5: since when it is owed."""
        data = self.data
        total = int(data.ageing["amount_cents"].sum())
        subtitle = f"reste dû au {french_date(data.as_of)}, en €, total {french_amount(total)}"
        told = ", ".join(
            f"{BUCKET_WORDS[bucket]} {french_euros(int(cents))}"
            for bucket, cents in zip(
                data.ageing["bucket"], data.ageing["amount_cents"], strict=True
            )
        )
        return Picture(
            pictures.ageing_bars(data.ageing),
            title="5. Depuis quand c’est dû",
            subtitle=subtitle,
            words=f"Reste dû par ancienneté : {told}.",
        )

    def collections(self) -> Picture:
        """6: what came in of what was called, the last periods."""
        rows = self.data.collections
        what = ""
        if len(rows):
            what = f" ; {rows['label'].iloc[-1]} au {french_date(self.data.as_of)[:5]}"
        told = ", ".join(
            f"{label} {french_share(share)}"
            for label, share in zip(rows["label"], rows["share"].astype(float), strict=True)
        )
        return Picture(
            pictures.collection_bars(rows),
            title="6. Encaissé sur l’appelé",
            subtitle=f"barre pleine : encaissé ; cadre : appelé{what}",
            words=f"Part encaissée : {told}." if told else "Rien n’a encore été appelé.",
        )

    def collections_table(self) -> Html:
        """6, in figures."""
        rows = self.data.collections
        lines = [("Appelé (€)", "called_cents")]
        if rows["credited_cents"].any():
            lines.append(("Réduit par avoir (€)", "credited_cents"))
        lines += [("Encaissé (€)", "collected_cents"), ("Reste (€)", "rest_cents")]
        columns = (
            Column(key="what", title="Mois" if is_rental(self.data) else "Trimestre", width=22),
            *(Column(key=label, title=label, kind="money") for label in rows["label"]),
        )
        cells = [
            {"what": words, **dict(zip(rows["label"], rows[key], strict=True))}
            for words, key in lines
        ]
        styles: list[RowStyle] = ["strong" if key == "rest_cents" else "" for _, key in lines]
        return fragment(table(cells, columns, styles=styles))

    def arrears(self) -> Html:
        """7: accounts in arrears, the largest debt first, and since when."""
        title = section("7. Comptes en retard, de la plus grande dette à la plus petite")
        late, debtors = late_accounts(self.data), self.data.debtors
        blocks = [self._arrears_table(limit=MOST_ROWS)]
        if not len(late):
            blocks = [message("Aucun compte n’est en retard.")]
        if others := len(debtors) - len(late):
            cents = self.data.owed_cents - int(late["owed_cents"].sum())
            verb = "doivent" if others > 1 else "doit"
            who = f"{french_count(others)} autres comptes" if others > 1 else "1 autre compte"
            words = f"{who} {verb} {french_euros(cents)} qui ne sont pas encore échus."
            blocks.append(el("p", words, cls="quiet"))
        return fragment(title, *blocks)

    def _arrears_table(self, *, limit: int) -> Html:
        columns = (
            Column(key="code", title="Compte", width=16),
            Column(key="holder", title="Locataire" if is_rental(self.data) else "Copropriétaire"),
            Column(key="oldest_due_on", title="Dû depuis", kind="date"),
            Column(key="overdue_cents", title="En retard (€)", kind="money", summed=True),
            Column(key="owed_cents", title="Dû (€)", kind="money", summed=True),
        )
        total = f"Total, {many(len(late_accounts(self.data)), 'compte')}"
        return table(late_accounts(self.data), columns, total=total, limit=limit)

    def reminders(self) -> Html:
        """8: what was sent in the month, what comes, what is blocked and why."""
        blocks = reminder_blocks(self.data.reminders, period=self.data.period, limit=MOST_ROWS)
        return fragment(section("8. Relances"), *blocks)

    def findings(self) -> Html:
        """9: what a person should correct, verify or know, the worst first."""
        if not self.data.findings:
            return fragment(section("9. Constats"), message("Aucun constat."))
        return fragment(
            section("9. Constats"), findings_table(self.data.findings, limit=2 * MOST_ROWS)
        )

    def decisions(self) -> Html:
        """10: how many movements the engine decided, how many a person, how many nobody yet."""
        rows = [
            {
                "way": State(
                    _WAYS[row["way"]].glyph,
                    _WAYS[row["way"]].word + (f" ({row['actors']})" if row["actors"] else ""),
                    _WAYS[row["way"]].tone,
                ),
                "count": row["count"],
                "amount_cents": row["amount_cents"],
            }
            for row in self.data.decided.to_dict("records")
            if row["count"] or row["way"] == ENGINE
        ]
        booked = int(self.data.decided["count"].sum())
        month = of_month(self.data.period)
        columns = (
            Column(key="way", title=f"Sur {many(booked, 'mouvement')} {month}", width=55),
            Column(key="count", title="Nombre", kind="count", summed=True),
            Column(
                key="amount_cents", title="Montant en valeur absolue (€)", kind="money", summed=True
            ),
        )
        return fragment(section("10. Ce qui a été décidé"), table(rows, columns, total="Total"))

    def signatures(self) -> Html:
        """Who made, controlled and validated it, and the head of the journal it stands on."""
        data = self.data
        by = f"par {self.actor}, " if self.actor else ""
        boxes = [
            ("Établi", f"{by}le {office_time(self.at)}"),
            ("Contrôlé", "nom, date, signature"),
            ("Validé par le gestionnaire", "nom, date, signature"),
        ]
        when = ""
        if data.journal_at is not None:
            when = f", du {office_time(data.journal_at)}"
        head = el(
            "div",
            el(
                "p",
                el("b", "Tête du journal."),
                f" Décision n° {french_count(data.journal_seq)}{when}. Tout changement d’une "
                "décision antérieure change cette empreinte.",
            ),
            el("p", _grouped(data.journal_hash) or "journal vide", cls="hash"),
            cls="frame",
        )
        signed = [el("div", el("b", who), el("p", words, cls="quiet")) for who, words in boxes]
        return fragment(el("div", *signed, cls="boxes"), head)

    def annexes(self) -> Html | None:
        """The whole lists of what the sections cut; None when nothing was cut."""
        blocks: list[Html] = []
        if (self.data.statements.groupby("iban").size() > MOST_ROWS + 3).any():
            blocks += [section("Annexe. Relevés"), *self._statement_tables(limit=0)]
        for place, each in enumerate(self.data.reconciliations):
            for side, items in (("banque", each.bank_items), ("livres", each.book_items)):
                if len(items) > MOST_ITEMS + 1:
                    title = f"Annexe. Rapprochement, côté {side}"
                    blocks.append(section(title, self._bank_name(place)))
                    lines = item_table(items, year=each.as_of.year, total="Total")
                    blocks.append(el("div", lines, cls="two"))
        if len(self.data.waiting) > MOST_ROWS + 1:
            blocks += [section("Annexe. Mouvements sans compte"), self._waiting_table(limit=0)]
        if len(late_accounts(self.data)) > MOST_ROWS + 1:
            blocks += [section("Annexe. Comptes en retard"), self._arrears_table(limit=0)]
        if len(self.data.reminders.sent) > MOST_ROWS + 1:
            blocks += [section("Annexe. Relances envoyées"), sent_table(self.data.reminders)]
        if len(self.data.reminders.blocked) > MOST_ROWS + 1:
            blocks += [section("Annexe. Relances bloquées"), blocked_table(self.data.reminders)]
        if len(self.data.findings) > 2 * MOST_ROWS + 1:
            blocks += [section("Annexe. Constats"), findings_table(self.data.findings)]
        return fragment(el("div", *blocks, cls="annex")) if blocks else None


def _euros_or_dash(cents: int | None) -> str:
    return "–" if cents is None else french_euros(cents)


def _short_hash(digest: str) -> str:
    return f"{digest[:8]}…{digest[-4:]}" if digest else "vide"


def _grouped(digest: str) -> str:
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def sections(report: MonthEndReport) -> Sequence[object]:
    """Returns every section in the order of the notebook."""
    return [
        report.heading(), report.verdict(), report.statements(), report.bank_reconciliation(),
        report.treasury(), report.unmatched(), report.ageing(), report.collections(),
        report.collections_table(), report.arrears(), report.reminders(), report.findings(),
        report.decisions(), report.signatures(), report.annexes(),
    ]  # fmt: skip
