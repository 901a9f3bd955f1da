"""Do the statements follow each other? Balances against movements, closing against opening.

A hole, an overlap or a statement that does not add up is a finding here and nowhere else.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import pandas as pd

from workbench.domain.dates import french_date
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros

Follows = Literal["first", "follows", "hole", "overlap", "no_balance"]
Row = Mapping[Hashable, Any]
_ORDER: Final = ["iban", "opened_on", "closed_on", "rank", "statement_id"]


def chain(statements: pd.DataFrame) -> pd.DataFrame:
    """Returns the statements of each account in their order, each checked against the one before.

    Args:
        statements: columns of the statements view (`opening_cents` and `closing_cents` may be
            missing, `credits_cents` >= 0, `debits_cents` <= 0).

    Returns:
        Its columns with `computed_closing_cents` (opening + credits + debits, missing without an
        opening balance), `balanced` (it is the closing balance; True where there is none to
        compare), `follows`, `break_cents` (opening - previous closing; 0 unless a hole or an
        overlap) and `covers_from` (first day: the one after its opening balance where that is the
        previous closing). `follows` is `first`, `follows`, `hole` (opens on another balance),
        `overlap` (starts before the previous one ends, on another balance) or `no_balance`.
        Sorted by account, then by dates, then by number.
    """
    frame = statements.copy()
    # Statements of one day follow by number, and 10 comes after 9.
    frame["rank"] = pd.to_numeric(frame["number"], errors="coerce").fillna(0)
    frame = frame.sort_values(_ORDER, kind="stable", ignore_index=True).drop(columns="rank")
    for column in ("opening_cents", "closing_cents"):
        frame[column] = frame[column].astype("Int64")
    frame["computed_closing_cents"] = (
        frame["opening_cents"] + frame["credits_cents"] + frame["debits_cents"]
    )
    frame["balanced"] = (frame["computed_closing_cents"] == frame["closing_cents"]).fillna(True)
    frame["balanced"] = frame["balanced"].astype("bool")
    checked = list(_follow(frame))
    frame["follows"] = pd.Series([word for word, _ in checked], dtype="str")
    frame["break_cents"] = pd.Series([cents for _, cents in checked], dtype="int64")
    frame["covers_from"] = _covers_from(frame)
    return frame


def _follow(frame: pd.DataFrame) -> Iterator[tuple[Follows, int]]:
    """One verdict a statement; what has no balance is passed over by the next comparison."""
    iban: str | None = None
    until, balance = pd.Timestamp.min, 0
    for row in frame.to_dict("records"):
        if pd.isna(row["opening_cents"]) or pd.isna(row["closing_cents"]):
            yield "no_balance", 0
            continue
        first, gap = row["iban"] != iban, int(row["opening_cents"]) - balance
        overlaps = row["opened_on"] < until
        # A statement inside an older one does not move the end that the next one must meet.
        if first or row["closed_on"] >= until:
            iban, until, balance = row["iban"], row["closed_on"], int(row["closing_cents"])
        if first:
            yield "first", 0
        elif gap == 0:
            yield "follows", 0
        else:
            yield ("overlap" if overlaps else "hole"), gap


def _covers_from(frame: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Banks date an opening balance on the first day or on the evening before it."""
    opened = frame["opened_on"]
    evening = opened + pd.Timedelta(days=1)
    # The first of a chain has no neighbour: a balance of a month's last day opens the next month.
    before = (opened == frame.groupby("iban")["closed_on"].shift()) | (
        (frame["follows"] == "first") & opened.dt.is_month_end
    )
    return opened.where(~before | (evening > frame["closed_on"]), evening)


def chain_findings(frame: pd.DataFrame) -> list[Finding]:
    """Returns what the chain has to say, in its order.

    Args:
        frame: of `chain`.

    Returns:
        `statement_hole` and `statement_unbalanced` are to be corrected, `statement_no_balance`
        (one an account) to be verified, `statement_overlap` to be known. Source: FORMATS, rules
        for every reader.
    """
    findings: list[Finding] = []
    end: Row = {}
    for row in frame.to_dict("records"):
        match row["follows"]:
            case "hole":
                findings.append(_hole(row, end))
            case "overlap":
                findings.append(_overlap(row))
            case _:
                pass
        if not row["balanced"]:
            findings.append(_unbalanced(row))
        if row["follows"] != "no_balance" and (
            row["follows"] == "first" or row["closed_on"] >= end["closed_on"]
        ):
            end = row
    bare = frame[frame["follows"] == "no_balance"]
    return findings + [
        _no_balance(rows.to_dict("records")) for _, rows in bare.groupby("iban", sort=True)
    ]


def _hole(row: Row, end: Row) -> Finding:
    return _finding(
        row,
        code="statement_hole",
        severity=Severity.ERROR,
        message=f"{_name(row)} s’ouvre à {_euros(row['opening_cents'])}, le précédent se ferme à "
        f"{_euros(end['closing_cents'])} le {_day(end['closed_on'])} : il manque "
        f"{_euros(row['break_cents'], plus=True)} de mouvements entre les deux.",
        to_do="demander le relevé manquant à la banque",
    )


def _overlap(row: Row) -> Finding:
    return _finding(
        row,
        code="statement_overlap",
        severity=Severity.INFO,
        message=f"{_name(row)} recouvre le précédent : ses mouvements déjà connus n’ont pas été "
        "comptés deux fois.",
        to_do="vérifier que rien ne manque",
    )


def _no_balance(rows: Sequence[Row]) -> Finding:
    """One finding an account: some banks never give balances, and every month would say so."""
    first, last = rows[0], rows[-1]
    message = f"{_name(last)} ne porte pas de solde : il n’est pas contrôlé avec les autres."
    if len(rows) > 1:
        message = (
            f"{len(rows)} relevés, du {_day(first['opened_on'])} au {_day(last['closed_on'])}, ne "
            "portent pas de solde : leur suite n’est pas contrôlée."
        )
    return _finding(
        last,
        code="statement_no_balance",
        severity=Severity.WARNING,
        message=message,
        to_do="demander des relevés avec soldes",
    )


def _unbalanced(row: Row) -> Finding:
    return _finding(
        row,
        code="statement_unbalanced",
        severity=Severity.ERROR,
        message=f"{_name(row)} ne tombe pas juste : ouverture et mouvements font "
        f"{_euros(row['computed_closing_cents'])}, la clôture dit "
        f"{_euros(row['closing_cents'])}.",
        to_do="redemander ce relevé à la banque",
    )


def _finding(row: Row, *, code: str, severity: Severity, message: str, to_do: str) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        file=str(row["file_name"]),
        subject=str(row["statement_id"]),
        building_id=str(row["building_id"]),
        to_do=to_do,
    )


def statement_name(row: Row) -> str:
    """Returns `relevé 43 du 01/10/2026 au 31/10/2026`."""
    number = f" {row['number']}" if row["number"] else ""
    return f"relevé{number} du {_day(row['opened_on'])} au {_day(row['closed_on'])}"


def _name(row: Row) -> str:
    return f"Le {statement_name(row)}"


def _day(value: object) -> str:
    return french_date(value) if isinstance(value, date) else "date inconnue"


def _euros(cents: int, *, plus: bool = False) -> str:
    return french_euros(int(cents), plus=plus)
