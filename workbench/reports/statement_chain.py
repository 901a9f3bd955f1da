"""Do the statements follow each other? Balances against movements, closing against opening.

A hole, an overlap, two versions of a day or a statement that does not add up is a finding here and
nowhere else. Reports of a running day and exports without balances are outside the chain.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import pandas as pd

from workbench.domain.dates import french_date
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros

Follows = Literal["first", "follows", "repeats", "version", "hole", "overlap", "no_balance"]
Row = Mapping[Hashable, Any]
_EUR: Final = "EUR"
# One chain for each of these; before that, the order in a chain.
_CHAIN: Final = ["iban", "currency"]
_ORDER: Final = [*_CHAIN, "opened_on", "closed_on", "rank", "statement_id"]
_FIGURES: Final = ("opening_cents", "closing_cents", "credits_cents", "debits_cents")


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
        previous closing). `follows` is `first`, `follows`, `repeats` (the same days and figures
        as an earlier one: another format of it), `version` (the same days or number as an earlier
        one, but other figures), `hole` (opens on another balance), `overlap` (starts before the
        previous one ends, on another balance) or `no_balance`. Sorted by account and currency,
        then by dates, then by number.
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


class _Chain:
    """The statements of one account in one currency, so far."""

    def __init__(self) -> None:
        self.until = pd.Timestamp.min
        # Closing balances that the next one may open on: two versions of a day leave two.
        self.ends: list[int] = []
        self.told: list[Row] = []

    def take(self, row: Row) -> tuple[Follows, int]:
        """Takes the next one; returns its verdict and its break in cents."""
        opening, closing = int(row["opening_cents"]), int(row["closing_cents"])
        gap = opening - self.ends[-1] if self.ends else 0
        verdict = self._verdict(row, opening)
        self.told.append(row)
        if verdict == "repeats":
            return verdict, 0
        # A statement inside an older one does not move the end that the next one must meet.
        if row["closed_on"] >= self.until:
            is_rival = verdict == "version" and row["closed_on"] == self.until
            self.ends = [*self.ends, closing] if is_rival else [closing]
            self.until = row["closed_on"]
        return verdict, gap if verdict in {"hole", "overlap", "version"} else 0

    def _verdict(self, row: Row, opening: int) -> Follows:
        if not self.ends:
            return "first"
        if any(_is_same(row, earlier) for earlier in self.told):
            return "repeats"
        if any(_is_version(row, earlier) for earlier in self.told):
            return "version"
        if opening in self.ends:
            return "follows"
        return "overlap" if row["opened_on"] < self.until else "hole"


def _is_same(row: Row, other: Row) -> bool:
    """Tells the same statement in another format; formats date an opening balance differently."""
    moved = bool(row["credits_cents"] or row["debits_cents"])
    return (
        moved
        and row["closed_on"] == other["closed_on"]
        and all(row[name] == other[name] for name in _FIGURES)
        and abs(row["opened_on"] - other["opened_on"]) <= pd.Timedelta(days=1)
    )


def _is_version(row: Row, other: Row) -> bool:
    """Tells two accounts of the same days: they open alike or have one number, and then differ."""
    return (
        row["opened_on"] == other["opened_on"]
        and row["closed_on"] == other["closed_on"]
        and (
            row["opening_cents"] == other["opening_cents"] != other["closing_cents"]
            or (bool(row["number"]) and row["number"] == other["number"])
        )
        and any(row[name] != other[name] for name in _FIGURES)
    )


def _follow(frame: pd.DataFrame) -> Iterator[tuple[Follows, int]]:
    """One verdict a statement; what has no balance is passed over by the next comparison."""
    chains: dict[tuple[str, str], _Chain] = {}
    for row in frame[[*_CHAIN, "opened_on", "closed_on", "number", *_FIGURES]].to_dict("records"):
        if pd.isna(row["opening_cents"]) or pd.isna(row["closing_cents"]):
            yield "no_balance", 0
            continue
        yield chains.setdefault((row["iban"], row["currency"]), _Chain()).take(row)


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
        `statement_hole`, `statement_versions` and `statement_unbalanced` are to be corrected,
        `statement_no_balance` (one an account, for what its statements do not cover) to be
        verified, `statement_overlap` and `statement_currency` (one an account) to be known.
        Source: FORMATS, rules for every reader.
    """
    findings: list[Finding] = []
    ends: dict[Hashable, Row] = {}
    is_quiet = frame["follows"].isin(["first", "follows", "repeats", "no_balance"]).all()
    # Most chains hold: thousands of statements are not gone through for nothing.
    broken = frame.iloc[:0] if is_quiet and frame["balanced"].all() else frame
    for row in broken.to_dict("records"):
        account = (row["iban"], row["currency"])
        match row["follows"]:
            case "hole":
                findings.append(_hole(row, ends[account]))
            case "version":
                findings.append(_versions(row))
            case "overlap":
                findings.append(_overlap(row))
            case _:
                pass
        if not row["balanced"]:
            findings.append(_unbalanced(row))
        if row["follows"] not in {"no_balance", "repeats"} and (
            account not in ends or row["closed_on"] >= ends[account]["closed_on"]
        ):
            ends[account] = row
    bare = _uncovered(frame)
    foreign = frame[~frame["currency"].isin(["", _EUR])]
    return (
        findings
        + [_no_balance(rows.to_dict("records")) for _, rows in bare.groupby(_CHAIN, sort=True)]
        + [_currency(rows.to_dict("records")) for _, rows in foreign.groupby(_CHAIN, sort=True)]
    )


def _uncovered(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns what has no balances, less what a statement of the account tells again whole."""
    is_bare = frame["follows"] == "no_balance"
    bare = frame[is_bare].reset_index(names="place")
    pairs = bare.merge(frame[~is_bare], on=_CHAIN, suffixes=("", "_told"))
    within = (pairs["opened_on"] >= pairs["opened_on_told"]) & (
        pairs["closed_on"] <= pairs["closed_on_told"]
    )
    return bare[~bare["place"].isin(pairs.loc[within, "place"])]


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


def _versions(row: Row) -> Finding:
    return _finding(
        row,
        code="statement_versions",
        severity=Severity.ERROR,
        message=f"{_name(row)} existe en deux versions : celle-ci s’ouvre à "
        f"{_euros(row['opening_cents'])} et se ferme à {_euros(row['closing_cents'])}, l’autre "
        "diffère. Les mouvements des deux sont gardés.",
        to_do="demander à la banque laquelle est la bonne, écarter ce qui est en trop",
    )


def _currency(rows: Sequence[Row]) -> Finding:
    """One finding an account: its movements are kept and never matched."""
    row = rows[-1]
    return _finding(
        row,
        code="statement_currency",
        severity=Severity.INFO,
        message=f"Le compte {row['iban']} est tenu en {row['currency']} : ses mouvements sont "
        "gardés, jamais rapprochés.",
        to_do="les suivre à part",
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
    return french_date(value) if isinstance(value, date) and not pd.isna(value) else "date inconnue"


def _euros(cents: int, *, plus: bool = False) -> str:
    return french_euros(int(cents), plus=plus)
