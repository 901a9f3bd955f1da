"""Does the row of a cheque or a card receipt hold together? Money, account, building, split.

Pure, one row at a time; what refers to nothing is in `references`.

Source: DOMAIN C5, C6, C10; LAW L7.
"""

from collections.abc import Mapping
from typing import Final

from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros
from workbench.domain.tables import Table, split_parts
from workbench.loaders.tables import TableFile, TableRow

RECEIPTS: Final = frozenset({"cheques", "card_receipts"})


def wrong_receipt(
    table: Table, file: TableFile, row: TableRow, *, buildings: Mapping[str, str]
) -> Finding | None:
    """Returns why a receipt cannot go in, None when it can or is no receipt.

    Args:
        table: the row's table.
        file: where it stands.
        row: its cells, already read.
        buildings: building of each known account.

    Returns:
        A reject: `bad_amount` (no money), `unknown_account` (in the split), `unbalanced_split`
        (the parts are not the cheque), `other_building` (of the account).
    """
    if table.name not in RECEIPTS:
        return None
    values = row.values
    cents = int(str(values["amount_cents"]))
    if cents <= 0:
        return _reject(file, row, "amount", "bad_amount", "Un encaissement est positif")
    account, building = str(values["account_id"]), str(values["building_id"])
    parts = split_parts(str(values.get("split") or ""))
    unknown = next((name for name in parts if name not in buildings), "")
    if unknown:
        return _reject(
            file, row, "split", "unknown_account", f"Compte inconnu dans la répartition : {unknown}"
        )
    if parts and sum(parts.values()) != cents:
        total = french_euros(sum(parts.values()))
        words = f"Les parts font {total}, le chèque {french_euros(cents)}"
        return _reject(file, row, "split", "unbalanced_split", words)
    if parts and account and account not in parts:
        words = f"Le compte {account} n'est pas dans la répartition"
        return _reject(file, row, "account_id", "unbalanced_split", words)
    if account and building and not parts and buildings[account] != building:
        words = f"Le compte {account} est de l'immeuble {buildings[account]}"
        return _reject(file, row, "building_id", "other_building", words)
    return None


def _reject(file: TableFile, row: TableRow, column: str, code: str, message: str) -> Finding:
    stored = "amount_cents" if column == "amount" else column
    value = str(row.values[stored])
    if column == "amount":
        value = french_euros(int(value))
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=message,
        file=file.file,
        line=row.line,
        column=column,
        value=value,
        to_do="Corriger la ligne et importer à nouveau",
    )
