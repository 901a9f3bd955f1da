"""What the workbench has learnt of payers: for the engine, for people to look at, and to revoke.

Learning itself is no step: it follows from the decisions (`matching.learning`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.domain.frames import rows_of
from workbench.ledger import teaching, views
from workbench.ledger.store import Ledger
from workbench.ledger.teaching import Forgotten
from workbench.matching import learning
from workbench.matching.learning import LessonState
from workbench.pipeline.deciding import Outcome


def learned(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns everything learnt, weakened lessons included.

    Args:
        ledger: opened.
        building_id: one building; the whole portfolio when None.

    Returns:
        Columns of `matching.learning.lessons`.

    Raises:
        ParameterError: no such building.
    """
    with ledger.snapshot():
        if building_id is not None and views.buildings(ledger, building_id=building_id).empty:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        found = learning.lessons(
            teaching.validated_links(ledger),
            teaching.undone_links(ledger),
            teaching.forgotten_lessons(ledger),
            accounts=views.accounts(ledger),
            own_ibans=views.bank_accounts(ledger)["iban"],
        )
    if building_id is None:
        return found
    return found[found["building_id"] == building_id].reset_index(drop=True)


def known_payers(ledger: Ledger) -> pd.DataFrame:
    """Returns what the engine may use of it, in the columns of `matching.learning.lessons`."""
    return learning.for_engine(learned(ledger))


def forget(
    ledger: Ledger, identifiers: Sequence[str], *, actor: str, at: datetime, reason: str = ""
) -> list[Outcome]:
    """Revokes lessons: the engine no longer uses what was validated so far.

    The links themselves stay. What people validate afterwards teaches anew; undoing restores.

    Args:
        ledger: opened for writing.
        identifiers: `L…` of `learned`.
        actor: who revokes.
        at: when.
        reason: why, in the person's words; never empty.

    Raises:
        ParameterError: nothing of that name was learnt, or no reason; nothing is written.
    """
    if not reason.strip():
        raise ParameterError("dire pourquoi avec --reason : le motif reste dans l'historique")
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        found = {row["learned_id"]: row for row in rows_of(learned(ledger))}
        for identifier in identifiers:
            if identifier not in found:
                raise ParameterError(
                    f"rien d'appris sous {identifier} : « workbench learned » les montre"
                )
            lesson = found[identifier]
            words = f"{_shown(lesson)} n'identifie plus le compte {lesson['account_id']}"
            if lesson["state"] == LessonState.REVOKED or identifier in _done(outcomes):
                outcomes.append(Outcome(identifier, False, f"déjà oublié : {words}"))
                continue
            row = Forgotten(
                learned_id=identifier, building_id=lesson["building_id"],
                account_id=lesson["account_id"], kind=lesson["kind"],
                value=lesson["iban"] or lesson["name"], words=reason.strip(),
            )  # fmt: skip
            teaching.record_forgotten(connection, [row], actor=actor, at=at)
            outcomes.append(Outcome(identifier, True, f"oublié : {words}"))
    return outcomes


def _done(outcomes: Sequence[Outcome]) -> set[str]:
    return {outcome.identifier for outcome in outcomes if outcome.done}


def _shown(lesson: Mapping[str, str]) -> str:
    return f"l'IBAN {lesson['iban']}" if lesson["iban"] else f"le nom {lesson['name']}"
