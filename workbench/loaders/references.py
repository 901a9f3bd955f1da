"""Do the tables fit together? What refers to nothing is a reject, and all that hangs on it.

Pure: what the ledger already knows is passed in. Cells were checked by `tables`.

Source: CONTRACT, tables of a portfolio folder.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from workbench.domain.findings import Finding, Severity
from workbench.domain.tables import TABLES, Table
from workbench.loaders.receipt_rows import wrong_receipt
from workbench.loaders.tables import TableFile, TableRow, without


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIds:
    """What the ledger knows before this import.

    Attributes:
        buildings: identifiers.
        accounts: building of each account.
        calls: identifiers.
        suppliers: identifiers.
        bank_accounts: IBANs; nothing refers to them, a movement waits for one that is not there.
        codes: account that was given a code, by building and code.
    """

    buildings: Collection[str] = frozenset()
    accounts: Mapping[str, str] = field(default_factory=dict)
    calls: Collection[str] = frozenset()
    suppliers: Collection[str] = frozenset()
    bank_accounts: Collection[str] = frozenset()
    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)


_WORDS: Final = {
    "buildings": ("unknown_building", "Immeuble inconnu", "l'immeuble"),
    "accounts": ("unknown_account", "Compte inconnu", "le compte"),
    "calls": ("unknown_call", "Appel inconnu", "l'appel"),
    "suppliers": ("unknown_supplier", "Fournisseur inconnu", "le fournisseur"),
}


def check_references(
    tables: Sequence[TableFile], *, known: KnownIds
) -> tuple[list[TableFile], list[Finding]]:
    """Takes out the rows that refer to nothing.

    Args:
        tables: all tables of one import, in any order; a table may come in several files.
        known: what the ledger has.

    Returns:
        The tables in their order, without the rows that cannot go in; and the new rejects, which
        the tables carry too: `unknown_building`, `unknown_account`, `unknown_call`,
        `unknown_supplier`, `duplicate_code` (a code another account of the building has), and what
        `receipt_rows` says of cheques and card receipts.
    """
    ids: dict[str, set[str]] = {
        "buildings": set(known.buildings),
        "accounts": set(known.accounts),
        "calls": set(known.calls),
        "suppliers": set(known.suppliers),
    }
    codes = _codes_of_others(tables, known)
    buildings = dict(known.accounts)
    result = list(tables)
    findings: list[Finding] = []
    # The contract's tables are declared so that each comes after those it refers to.
    for table in TABLES:
        for index, file in enumerate(result):
            if file.name != table.name:
                continue
            rejects = {}
            for row in file.rows:
                reject = (
                    _dangling(table, file, row, ids)
                    or (_same_code(file, row, codes) if table.name == "accounts" else None)
                    or wrong_receipt(table, file, row, buildings=buildings)
                )
                if reject is not None:
                    rejects[row.line] = reject
                elif table.name in ids:
                    ids[table.name].add(str(row.values[table.key[0]]))
                    if table.name == "accounts":
                        account, building = (row.values[k] for k in ("account_id", "building_id"))
                        buildings[str(account)] = str(building)
            if rejects:
                result[index] = without(file, rejects, rejects.values())
                findings += rejects.values()
    return result, findings


def _dangling(
    table: Table, file: TableFile, row: TableRow, ids: Mapping[str, set[str]]
) -> Finding | None:
    for column in table.columns:
        if not column.refers:
            continue
        value = row.values[column.stored]
        if value and value not in ids[column.refers]:
            code, words, thing = _WORDS[column.refers]
            to_do = f"Ajouter {thing} à {column.refers}, ou corriger la ligne"
            return _reject(file, row, column.name, str(value), code, words, to_do)
    return None


def _codes_of_others(tables: Sequence[TableFile], known: KnownIds) -> dict[tuple[str, str], str]:
    """Returns the codes of the accounts this import does not bring; what it brings may change."""
    brought = {row.values["account_id"] for t in tables if t.name == "accounts" for row in t.rows}
    given = {
        (building, code.upper()): account
        for (building, code), account in known.codes.items()
        if account not in brought
    }
    coded = set(known.codes.values()) | brought
    # Without a code, payers quote the identifier.
    defaults = {
        (building, account.upper()): account
        for account, building in known.accounts.items()
        if account not in coded
    }
    return defaults | given


def _same_code(file: TableFile, row: TableRow, codes: dict[tuple[str, str], str]) -> Finding | None:
    """Keeps the code of an account, or says who has it already in the building."""
    values = row.values
    account_id = str(values["account_id"])
    code = str(values["code"] or account_id)
    owner = codes.setdefault((str(values["building_id"]), code.upper()), account_id)
    if owner == account_id:
        return None
    return _reject(
        file, row, "code" if values["code"] else "account_id", code,
        "duplicate_code", f"Code déjà donné au compte {owner} de cet immeuble",
        "Donner à chaque compte son code",
    )  # fmt: skip


def _reject(
    file: TableFile, row: TableRow, column: str, value: str, code: str, message: str, to_do: str
) -> Finding:
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=message,
        file=file.file,
        line=row.line,
        column=column,
        value=value,
        to_do=to_do,
    )
