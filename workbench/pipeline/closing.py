"""The month-end of one building: reads its books as of the last day, asks every report once.

Writes nothing and judges nothing: what is wrong comes out as a gap or a finding. How it looks is
the business of `runs.report`.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pandas as pd

from workbench.documents.html import masked_iban
from workbench.domain.dates import Period, french_date
from workbench.domain.errors import ParameterError, shortened
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros
from workbench.domain.records import AccountKind, AllocationState, BuildingKind, MovementStatus
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import bank_findings
from workbench.pipeline.reminder_month import ReminderMonth, reminder_month
from workbench.reports import arrears, decisions, treasury
from workbench.reports.bank_reconciliation import BankReconciliation, reconcile_bank
from workbench.reports.statement_chain import chain, chain_findings
from workbench.reports.treasury import ControlLine

PERIODS_SHOWN: Final = 5
# The current account first: it is the one a reader looks for.
_KIND_ORDER: Final = {"current": 0, "works": 1, "processor": 2}
# What the engine saw in a movement and a person should look at before the month is signed.
_SUSPECT: Final = {
    "possible_duplicate": "demander au payeur",
    "misdirected": "rendre ou faire virer au bon immeuble",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndData:
    """Everything a month-end report shows, as of the period's last day; money in signed cents.

    Attributes:
        building_id: identifier.
        building: name.
        kind: `coownership` or `rental`.
        account_count: owners' and tenants' accounts.
        period: the month.
        as_of: its last day.
        bank_accounts: `iban, kind, bank_name`, the current account first.
        statements: of `statement_chain.chain`, those that touch the period.
        reconciliations: one a bank account, in the order of `bank_accounts`.
        control: lines of the treasury control.
        waiting: of `treasury.waiting`, with `payer` and `missing` (what it lacks, French).
        ageing: of `arrears.ageing`.
        debtors: of `arrears.debtors`, with `code`.
        owed_cents: sum of the debtors.
        overdue_cents: sum of what is late, before credits.
        credit_cents: credits and creditors (>= 0): the ages less the debtors.
        collections: of `arrears.collections`, the last periods, the closed one last.
        reminders: of `reminder_month.reminder_month`.
        decided: of `decisions.decided`, movements booked in the period.
        findings: the worst first within each source.
        journal_seq: head of the journal the report was made on; 0 when it is empty.
        journal_hash: its hash.
        journal_at: its moment, aware; None when it is empty.
    """

    building_id: str
    building: str
    kind: str
    account_count: int
    period: Period
    as_of: date
    bank_accounts: pd.DataFrame
    statements: pd.DataFrame
    reconciliations: tuple[BankReconciliation, ...]
    control: tuple[ControlLine, ...]
    waiting: pd.DataFrame
    ageing: pd.DataFrame
    debtors: pd.DataFrame
    owed_cents: int
    overdue_cents: int
    credit_cents: int
    collections: pd.DataFrame
    reminders: ReminderMonth
    decided: pd.DataFrame
    findings: tuple[Finding, ...]
    journal_seq: int
    journal_hash: str
    journal_at: datetime | None

    @property
    def bank_cents(self) -> int | None:
        """Balance of all bank accounts; None when one has no statement, or there is none."""
        return _total([each.bank_cents for each in self.reconciliations])

    @property
    def gap_cents(self) -> int | None:
        """What the reconciliations leave together, none set off against another."""
        return _total(
            [None if e.gap_cents is None else abs(e.gap_cents) for e in self.reconciliations]
        )


def _total(cents: Sequence[int | None]) -> int | None:
    known = [value for value in cents if value is not None]
    return sum(known) if known and len(known) == len(cents) else None


@dataclass(frozen=True, slots=True)
class _Books:
    """The frames of one building, read at one moment."""

    building: dict[str, str]
    bank_accounts: pd.DataFrame
    accounts: pd.DataFrame
    dues: pd.DataFrame
    movements: pd.DataFrame
    allocations: pd.DataFrame
    receipts: pd.DataFrame
    statements: pd.DataFrame
    calls: pd.DataFrame
    deliveries: pd.DataFrame
    findings: pd.DataFrame
    details: Sequence[Finding]
    head: pd.DataFrame


def month_end_data(ledger: Ledger, *, building_id: str, period: Period) -> MonthEndData:
    """Computes the month-end of a building.

    Args:
        ledger: open; read-only is enough.
        building_id: the building.
        period: the month; everything is told as of its last day.

    Raises:
        ParameterError: no such building.

    Source: DOMAIN C9, D1; issue of the month-end.
    """
    with ledger.snapshot():
        books = _read(ledger, building_id=building_id, as_of=period.last_day)
        reminders = reminder_month(ledger, building_id=building_id, period=period)
    return _computed(books, reminders, period=period)


def _read(ledger: Ledger, *, building_id: str, as_of: date) -> _Books:
    with ledger.snapshot():
        found = views.buildings(ledger, building_id=building_id)
        if not len(found):
            raise ParameterError(f"immeuble inconnu : « {shortened(building_id)} »")
        row = found.iloc[0]
        return _Books(
            building={name: str(row[name]) for name in ("building_id", "name", "kind")},
            bank_accounts=views.bank_accounts(ledger, building_id=building_id),
            accounts=views.accounts(ledger, building_id=building_id),
            dues=views.dues(ledger, building_id=building_id),
            movements=views.movements(ledger, building_id=building_id),
            allocations=views.allocations(ledger, building_id=building_id),
            receipts=views.receipts(ledger, building_id=building_id),
            statements=views.statements(ledger, building_id=building_id),
            calls=views.calls(ledger, building_id=building_id),
            deliveries=views.deliveries(ledger, building_id=building_id),
            findings=views.findings(ledger, building_id=building_id),
            details=bank_findings.waiting_details(ledger, building_id=building_id, as_of=as_of),
            head=views.journal_head(ledger),
        )


def _computed(books: _Books, reminders: ReminderMonth, *, period: Period) -> MonthEndData:
    as_of = period.last_day
    banks = _in_order(books.bank_accounts)
    standing = arrears.dues_as_of(books.dues, books.allocations, as_of=as_of)
    own = arrears.without_suppliers(standing, books.accounts)
    ages = arrears.ageing(own)
    debtors = _debtors(own, books.accounts)
    owed = int(debtors["owed_cents"].sum())
    reconciliations = tuple(
        reconcile_bank(books.statements, books.movements, iban=iban, as_of=as_of)
        for iban in banks["iban"]
    )
    waiting = treasury.waiting(books.movements, as_of=as_of)
    checked = chain(books.statements[books.statements["closed_on"] <= pd.Timestamp(as_of)])
    booked = _booked_in(books.movements, period)
    return MonthEndData(
        building_id=books.building["building_id"],
        building=books.building["name"],
        kind=books.building["kind"],
        account_count=int((books.accounts["kind"] != AccountKind.SUPPLIER).sum()),
        period=period,
        as_of=as_of,
        bank_accounts=banks,
        statements=checked[checked["closed_on"] >= pd.Timestamp(period.first_day)],
        reconciliations=reconciliations,
        control=tuple(
            treasury.control(
                reconciliations,
                dues=standing,
                allocations=books.allocations,
                accounts=books.accounts,
                suspense=waiting,
                receipts=books.receipts,
                building_kind=books.building["kind"],
                as_of=as_of,
            )
        ),
        waiting=_told(waiting, books),
        ageing=ages,
        debtors=debtors,
        owed_cents=owed,
        overdue_cents=int(own.loc[own["days_overdue"] > 0, "open_cents"].sum()),
        credit_cents=int(ages["amount_cents"].sum()) - owed,
        collections=_collections(books, as_of=as_of),
        reminders=reminders,
        decided=decisions.decided(booked, books.allocations),
        findings=tuple(
            chain_findings(checked)
            + _gap_findings(
                reconciliations, told=checked, building_id=books.building["building_id"]
            )
            + treasury.suspense_findings(
                waiting, building_id=books.building["building_id"], as_of=as_of
            )
            + _return_findings(booked, building_id=books.building["building_id"])
            + _suspect_findings(waiting, building_id=books.building["building_id"])
            + _delivery_findings(books, as_of=as_of)
            + list(books.details)
            + _import_findings(books.findings)
        ),
        journal_seq=int(books.head["seq"].iloc[0]) if len(books.head) else 0,
        journal_hash=str(books.head["hash"].iloc[0]) if len(books.head) else "",
        journal_at=datetime.fromisoformat(books.head["at"].iloc[0]) if len(books.head) else None,
    )


def _in_order(bank_accounts: pd.DataFrame) -> pd.DataFrame:
    rank = bank_accounts["kind"].map(_KIND_ORDER).fillna(len(_KIND_ORDER))
    frame = bank_accounts.assign(rank=rank).sort_values(["rank", "iban"], kind="stable")
    return frame[["iban", "kind", "bank_name"]].reset_index(drop=True)


def _booked_in(movements: pd.DataFrame, period: Period) -> pd.DataFrame:
    return movements[
        (movements["booked_on"] >= pd.Timestamp(period.first_day))
        & (movements["booked_on"] <= pd.Timestamp(period.last_day))
    ]


def _debtors(own: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    frame = arrears.debtors(own, accounts)
    codes = accounts.set_index("account_id")["code"]
    frame["code"] = frame["account_id"].map(codes).astype("str")
    return frame


def _collections(books: _Books, *, as_of: date) -> pd.DataFrame:
    by_month = books.building["kind"] == BuildingKind.RENTAL
    rows = arrears.collections(
        books.dues, books.allocations, as_of=as_of, by="month" if by_month else "quarter"
    )
    # A call sent early for the next period belongs to the next report.
    rows = rows[rows["period_start"] <= pd.Timestamp(as_of)]
    return rows.tail(PERIODS_SHOWN).reset_index(drop=True)


def _told(waiting: pd.DataFrame, books: _Books) -> pd.DataFrame:
    """Adds who paid and what is missing for a decision."""
    proposed = books.allocations[
        (books.allocations["state"] == AllocationState.PROPOSED) & (books.allocations["rank"] == 1)
    ].drop_duplicates("movement_id")
    holders = proposed["account_id"].map(books.accounts.set_index("account_id")["holder"])
    best = dict(zip(proposed["movement_id"], holders.fillna(""), strict=True))
    missing = [
        _missing(row, holder=best.get(row["movement_id"], "")) for row in waiting.to_dict("records")
    ]
    payer = waiting["counterparty"].where(waiting["counterparty"] != "", waiting["label"])
    return waiting.assign(payer=payer, missing=pd.Series(missing, dtype="str"))


def _missing(row: Mapping[Hashable, Any], *, holder: str) -> str:
    if row["return_reason"]:
        return f"rejet {row['return_reason']} : échéance à rouvrir"
    if row["status"] == MovementStatus.PROPOSED:
        return f"à valider : {holder}" if holder else "proposition à valider"
    if row["status"] == MovementStatus.PARTIAL:
        return "reste à affecter"
    words = str(row["classified_words"]) or "payeur à identifier"
    return _in_sentence(words)


def _in_sentence(words: str) -> str:
    return words[:1].lower() + words[1:].rstrip(".")


def _gap_findings(
    reconciliations: Sequence[BankReconciliation], *, told: pd.DataFrame, building_id: str
) -> list[Finding]:
    """A gap, or an account without any statement; one without balances is the chain's to say."""
    found = []
    for each in reconciliations:
        account = f"Compte {masked_iban(each.iban)} :"
        if each.gap_cents:
            message = (
                f"{account} le rapprochement laisse un écart de {french_euros(each.gap_cents)}."
            )
            severity, to_do = Severity.ERROR, "voir la suite des relevés"
        elif each.gap_cents is None and each.iban not in set(told["iban"]):
            message = f"{account} aucun relevé à cette date."
            severity, to_do = Severity.WARNING, "importer ses relevés"
        else:
            continue
        found.append(
            Finding(
                code="bank_gap" if each.gap_cents else "no_statement",
                severity=severity,
                message=message,
                subject=each.iban,
                building_id=building_id,
                to_do=to_do,
            )
        )
    return found


def _return_findings(booked: pd.DataFrame, *, building_id: str) -> list[Finding]:
    """Debits and transfers that the bank gave back in the period (DOMAIN C3)."""
    returned = booked[booked["return_reason"] != ""]
    return [
        Finding(
            code="returned_payment",
            severity=Severity.WARNING,
            message=f"Rejet {row['return_reason']} du {french_date(row['booked_on'])}, "
            f"{french_euros(abs(int(row['amount_cents'])))}, "
            f"{row['counterparty'] or row['label']} : l’échéance est de nouveau à payer.",
            subject=str(row["movement_id"]),
            building_id=building_id,
            to_do="représenter ou relancer",
        )
        for row in returned.to_dict("records")
    ]


def _suspect_findings(waiting: pd.DataFrame, *, building_id: str) -> list[Finding]:
    suspect = waiting[waiting["classified"].isin(list(_SUSPECT))]
    return [
        Finding(
            code=str(row["classified"]),
            severity=Severity.WARNING,
            message=f"{row['counterparty'] or row['label']}, "
            f"{french_euros(int(row['amount_cents']))} le {french_date(row['booked_on'])} : "
            f"{_in_sentence(row['classified_words'])}.",
            subject=str(row["movement_id"]),
            building_id=building_id,
            to_do=_SUSPECT[str(row["classified"])],
        )
        for row in suspect.to_dict("records")
    ]


def _delivery_findings(books: _Books, *, as_of: date) -> list[Finding]:
    """Accounts whose latest call did not arrive: they cannot be reminded (DOMAIN E1)."""
    sent = books.calls[books.calls["called_on"] <= pd.Timestamp(as_of)]
    merged = books.deliveries.merge(sent, on="call_id", how="inner")
    if not len(merged):
        return []
    # Several rows of one call tell its story: the last one is how it ended.
    latest = merged.sort_values(["called_on", "call_id"], kind="stable").drop_duplicates(
        "account_id", keep="last"
    )
    lost = latest[latest["status"].isin(["bounced", "returned"])]
    holders = books.accounts.set_index("account_id")["holder"]
    return [
        Finding(
            code="call_not_delivered",
            severity=Severity.WARNING,
            message=f"L’appel du {french_date(row['called_on'])} n’est pas parvenu à "
            f"{holders.get(row['account_id'], row['account_id'])} : ce compte ne peut pas être "
            "relancé.",
            subject=str(row["account_id"]),
            building_id=books.building["building_id"],
            to_do="vérifier l’adresse, renvoyer",
        )
        for row in lost.to_dict("records")
    ]


def _import_findings(findings: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            code=str(row["code"]),
            severity=Severity(row["severity"]),
            message=str(row["message"]),
            file=str(row["file"]),
            line=None if pd.isna(row["line"]) else int(row["line"]),
            column=str(row["column"]),
            value=str(row["value"]),
            subject=str(row["subject"]),
            building_id=str(row["building_id"]),
            to_do=str(row["to_do"]),
        )
        for row in findings.to_dict("records")
    ]
