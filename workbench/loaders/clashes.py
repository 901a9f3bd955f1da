"""Two exports in one folder: a key that two files of one table give two meanings.

Within one file `tables` sees it. Between two files of one import nobody could say which is right,
and the later one would win in silence: two offices' exports mixed up would overwrite each other.

Pure, like `references`. Source: CONTRACT, tables of a portfolio folder.
"""

from collections.abc import Sequence

from workbench.domain.findings import Finding, Severity
from workbench.domain.tables import TABLES_BY_NAME
from workbench.loaders.tables import TableFile, TableRow, without


def without_clashes(tables: Sequence[TableFile]) -> list[TableFile]:
    """Takes out the rows that contradict another file of the same import.

    Args:
        tables: all tables of one import, in the order in which they go in.

    Returns:
        The tables in their order; the row of the later file is a reject (`clashing_files`), which
        its table carries, and the earlier one stays. A column that one of the files does not have
        contradicts nothing.
    """
    known: dict[tuple[object, ...], tuple[TableFile, TableRow]] = {}
    result: list[TableFile] = []
    for table in tables:
        keys = TABLES_BY_NAME[table.name].key
        rejects: dict[int, Finding] = {}
        for row in table.rows:
            key = (table.name, *(row.values[name] for name in keys))
            first, other = known.setdefault(key, (table, row))
            shared = first.given & table.given
            differing = sorted(n for n in shared if other.values[n] != row.values[n])
            if differing:
                rejects[row.line] = _reject(table, row, key[1:], first, other, differing)
        result.append(without(table, rejects, rejects.values()) if rejects else table)
    return result


def _reject(
    table: TableFile,
    row: TableRow,
    key: tuple[object, ...],
    first: TableFile,
    other: TableRow,
    differing: Sequence[str],
) -> Finding:
    declared = TABLES_BY_NAME[table.name]
    columns = ", ".join(
        column.name for column in declared.columns if column.stored in set(differing)
    )
    return Finding(
        code="clashing_files",
        severity=Severity.ERROR,
        message=f"Autre fichier de la même importation ({first.file}, ligne {other.line}) avec "
        f"d'autres valeurs ({columns}) : deux exports sont mélangés",
        file=table.file,
        line=row.line,
        column=declared.column(declared.key[0]).name,
        value=" | ".join(str(part) for part in key if part),
        to_do="importer les deux dossiers séparément, le plus récent en dernier",
    )
