"""What every bank reader shares: dates, references that are none, and the check of a statement.

Readers give the facts as the bank wrote them, wrong balances included; what does not add up is a
finding here, so that a person sees it beside the movements instead of losing them.
"""

from datetime import date
from functools import lru_cache

from workbench.domain.dates import french_date, parse_date
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros, parse_amount
from workbench.domain.records import EUR, BankStatement, EntryTotals
from workbench.loaders import iban as account_numbers

# What banks write where there is no reference.
_NO_REFERENCES = frozenset({"NOTPROVIDED", "NONREF", "NOT PROVIDED", "NON REF", "NONE", "N/A"})
# What begins a reference that may be none; any other is one.
_DOUBTFUL = frozenset({"", " ", "0", "N", "n"})

# A statement has few different dates and amounts for many entries: reading each once is a third
# of the time of the plain formats.
cached_date = lru_cache(maxsize=65536)(parse_date)
cached_amount = lru_cache(maxsize=65536)(parse_amount)


def given(reference: str) -> str:
    """Returns a reference, or "" where the bank wrote that there is none.

    Source: FORMATS, camt (EndToEndId, not NOTPROVIDED).
    """
    if reference[:1] not in _DOUBTFUL:
        return reference
    if not reference or reference.upper() in _NO_REFERENCES or not reference.strip("0 "):
        return ""
    return reference


def label_of(name: str, memo: str) -> str:
    """Returns the two texts of OFX and QIF as one, each once: memos often repeat the name."""
    if name in memo:
        return memo
    return name if memo in name else f"{name} {memo}"


def check_statement(
    statement: BankStatement, *, file: str, totals: EntryTotals | None = None
) -> list[Finding]:
    """Says what is wrong with one statement taken alone.

    Args:
        statement: as its reader gave it.
        file: name of its file, for the place.
        totals: of its entries; of those it holds itself when None.

    Returns:
        At most one of each: `unbalanced_statement` (error: closing <> opening + entries),
        `running_balance` (error, with the line of the first row whose balance does not follow),
        `bad_iban` (warning), `entry_currency` (warning, with the first such entry). Holes and
        overlaps between statements are `reports.statement_chain`'s.

    Source: FORMATS, rules for every reader.
    """
    totals = totals or EntryTotals.of(statement.entries)
    checks = (_balance, _running_balance, _account, _entry_currency)
    return [finding for check in checks if (finding := check(statement, totals, file))]


def words_of(statement: BankStatement) -> str:
    """Returns `compte FR76… du 01/10/2026 au 31/10/2026`: which statement a message is about."""
    words = f"compte {statement.iban}"
    if statement.opened_on and statement.closed_on:
        words += f" du {french_date(statement.opened_on)} au {french_date(statement.closed_on)}"
    return words


def _balance(statement: BankStatement, totals: EntryTotals, file: str) -> Finding | None:
    gap_cents = statement.balance_gap_cents(totals=totals)
    if not gap_cents or statement.opening_cents is None or statement.closing_cents is None:
        return None
    sum_cents = totals.sum_cents
    return Finding(
        code="unbalanced_statement",
        severity=Severity.ERROR,
        message=(
            f"Relevé du {words_of(statement)}\u00a0: solde d'ouverture "
            f"{french_euros(statement.opening_cents)} + écritures {french_euros(sum_cents)} = "
            f"{french_euros(statement.opening_cents + sum_cents)}, mais solde de clôture "
            f"{french_euros(statement.closing_cents)}\u00a0; écart {french_euros(gap_cents)}"
        ),
        file=file,
        value=french_euros(gap_cents),
        subject=statement.iban,
        to_do="Demander à la banque un relevé complet",
    )


def _running_balance(statement: BankStatement, _totals: EntryTotals, file: str) -> Finding | None:
    breaks = statement.balance_breaks
    if not breaks:
        return None
    first = breaks[0]
    more = f"\u00a0; {len(breaks) - 1} autre(s) ligne(s) ensuite" if len(breaks) > 1 else ""
    return Finding(
        code="running_balance",
        severity=Severity.ERROR,
        message=(
            f"Relevé du {words_of(statement)}\u00a0: le solde écrit est "
            f"{french_euros(first.written_cents)}, celui de la ligne voisine et les montants "
            f"donnent {french_euros(first.expected_cents)}{more}"
        ),
        file=file,
        line=first.place,
        value=french_euros(first.written_cents),
        subject=statement.iban,
        to_do="Télécharger à nouveau le relevé\u00a0: il manque une ligne, ou un montant est faux",
    )


def _account(statement: BankStatement, _totals: EntryTotals, file: str) -> Finding | None:
    number = statement.iban
    if not account_numbers.has_iban_shape(number) or account_numbers.is_valid(number):
        return None
    return Finding(
        code="bad_iban",
        severity=Severity.WARNING,
        message=f"L'IBAN {number} a une clé fausse\u00a0: ses mouvements attendent",
        file=file,
        value=number,
        subject=number,
        to_do="Vérifier l'IBAN avec la banque",
    )


def _entry_currency(statement: BankStatement, totals: EntryTotals, file: str) -> Finding | None:
    if not totals.foreign:
        return None
    own = statement.currency or EUR
    return Finding(
        code="entry_currency",
        severity=Severity.WARNING,
        message=(
            f"Relevé du {words_of(statement)}\u00a0: {totals.foreign} écriture(s) dans une autre "
            f"devise que celle du compte ({own}), dont la n°\u00a0{totals.foreign_place}"
        ),
        file=file,
        value=totals.foreign_currency,
        subject=statement.iban,
        to_do="Vérifier ces écritures avec la banque",
    )


def first_and_last(days: list[date]) -> tuple[date | None, date | None]:
    """Returns the earliest and the latest day: a statement's period where the file gives none."""
    return (min(days), max(days)) if days else (None, None)
