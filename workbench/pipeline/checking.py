"""Checks: every finding of the portfolio in one frame, and the ledger's own verification."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import pandas as pd

from workbench.domain.findings import Finding
from workbench.ledger import journal, verification, views
from workbench.ledger.journal import Head
from workbench.ledger.store import Ledger
from workbench.matching.sampling import DEFAULT_RULES, SamplingRules
from workbench.pipeline import bank_findings, sampling
from workbench.reports import statement_chain


def all_findings(
    ledger: Ledger,
    *,
    as_of: date,
    building_id: str | None = None,
    rules: SamplingRules = DEFAULT_RULES,
) -> pd.DataFrame:
    """Returns what imports said and what the statements show today.

    Args:
        ledger: opened.
        as_of: statements closed later are left out.
        building_id: one building; the whole portfolio when None.
        rules: when a class of the engine's links has failed its samples.

    Returns:
        code, severity, message, file, line, column, value, subject, building_id, to_do.
    """
    statements = views.statements(ledger, building_id=building_id)
    statements = statements[~(statements["closed_on"] > pd.Timestamp(as_of))]
    chain = statement_chain.chain(statements)
    waiting = bank_findings.waiting_details(ledger, building_id=building_id, as_of=as_of)
    # A class is demoted for the whole portfolio: each building is told.
    found = [
        *statement_chain.chain_findings(chain),
        *waiting,
        *sampling.demotions(ledger, rules=rules),
    ]
    computed = as_frame(found)
    imported = views.findings(ledger, building_id=building_id)
    parts = [part for part in (imported, computed) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else imported


def as_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Returns findings as the frame of `views.findings`."""
    names = [
        "code", "severity", "message", "file", "line", "column", "value", "subject",
        "building_id", "to_do",
    ]  # fmt: skip
    frame = pd.DataFrame([asdict(f) for f in findings], columns=names)
    return frame.astype({n: "Int64" if n == "line" else "str" for n in names})


def verify(ledger: Ledger) -> list[str]:
    """Returns every record that is not what it should be, in French; empty when all holds."""
    return list(verification.broken_records(ledger))


def journal_head(ledger: Ledger) -> Head:
    """Returns the last row of the journal: what a signed month-end carries."""
    with ledger.engine.connect() as connection:
        return journal.head(connection)
