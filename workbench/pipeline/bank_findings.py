"""What bank files leave to be said: unknown accounts, doubts, details that wait, broken chains.

The same findings for `import`, the month-end and `export findings`, each computed in one place.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.dates import french_date, parse_date
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros
from workbench.ledger import completion, views
from workbench.ledger.bank_facts import FileResult
from workbench.ledger.store import Ledger
from workbench.reports import statement_chain

_EUR: Final = "EUR"
# The first is said while the file is read, with its sum; the second would be said of every CSV.
_NOT_AT_IMPORT: Final = {"statement_unbalanced", "statement_no_balance"}


def of_file(
    result: FileResult, *, file: str, while_reading: Sequence[Finding] = ()
) -> list[Finding]:
    """Returns what one file has to say, each finding with its building where its account has one.

    Args:
        result: of storing it.
        file: its name.
        while_reading: what was found before it was stored.

    Returns:
        Those, then `unknown_iban` and `possible_double` (warnings).
    """
    findings = [
        replace(finding, building_id=result.buildings.get(finding.subject, ""))
        for finding in while_reading
    ]
    findings += [
        Finding(
            code="unknown_iban",
            severity=Severity.WARNING,
            message=f"Aucun immeuble n'a le compte {iban} : ses mouvements attendent",
            file=file,
            subject=iban,
            to_do="ajouter ce compte à bank_accounts",
        )
        for iban in result.unknown_ibans
    ]
    if result.doubtful:
        new, known = result.first_doubt
        count = result.doubtful
        findings.append(
            Finding(
                code="possible_double",
                severity=Severity.WARNING,
                message=f"{count} mouvement{'s' if count > 1 else ''} de ce fichier "
                f"{'ont' if count > 1 else 'a'} la date et le montant d'un mouvement venu d'un "
                f"autre format, avec un autre libellé : {new} est peut-être {known}",
                file=file,
                value=known,
                subject=new,
                to_do="importer un seul format par compte, ou écarter ce qui est en double",
            )
        )
    return findings


def after_import(ledger: Ledger, *, files: Collection[str]) -> list[Finding]:
    """Returns what the ledger says now of the files just imported.

    Args:
        ledger: opened.
        files: their names.

    Returns:
        Findings of the chain and waiting details that are about one of them. They are computed
        anew each time they are asked for, and never stored.
    """
    statements = views.statements(ledger)
    touched = statements.loc[statements["file_name"].isin(files), "iban"]
    told = statement_chain.chain(statements[statements["iban"].isin(touched)])
    return [
        finding
        for finding in (*statement_chain.chain_findings(told), *waiting_details(ledger))
        if finding.file in files and finding.code not in _NOT_AT_IMPORT
    ]


def waiting_details(
    ledger: Ledger, *, building_id: str | None = None, as_of: date | None = None
) -> list[Finding]:
    """Returns one `details_waiting` a file (warning): what it details no statement has brought.

    Args:
        ledger: opened.
        building_id: accounts of one building; all of them when None.
        as_of: entries booked later are left out; none is when None.
    """
    waiting = completion.waiting_details(ledger)
    if as_of is not None:
        waiting = waiting[waiting["booked_on"] <= as_of.isoformat()].reset_index(drop=True)
    if not len(waiting):
        return []
    accounts = views.bank_accounts(ledger)
    buildings = dict(zip(accounts["iban"], accounts["building_id"], strict=True))
    waiting["building_id"] = [buildings.get(iban, "") for iban in waiting["iban"]]
    if building_id is not None:
        waiting = waiting[waiting["building_id"] == building_id]
    return [
        _waiting(rows, file=str(file), building_id=str(building))
        for (file, building), rows in waiting.groupby(["file_name", "building_id"], sort=True)
    ]


def _waiting(rows: pd.DataFrame, *, file: str, building_id: str) -> Finding:
    first = rows.iloc[0]
    cents, currency = int(first["amount_cents"]), str(first["currency"])
    amount = french_euros(cents, plus=True)
    if currency != _EUR:
        amount = amount.replace("€", currency)
    count = len(rows)
    return Finding(
        code="details_waiting",
        severity=Severity.WARNING,
        message=f"{count} détail{'s' if count > 1 else ''} d'écriture sans l'écriture, dont "
        f"{amount} du {french_date(parse_date(str(first['booked_on'])))} : aucun relevé ne l'a "
        "apportée, ou plusieurs écritures lui ressemblent",
        file=file,
        value=str(first["bank_reference"]),
        subject=str(first["iban"]),
        building_id=building_id,
        to_do="importer le relevé (camt.053) de ces jours",
    )
