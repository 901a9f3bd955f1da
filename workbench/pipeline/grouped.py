"""Money that comes in bundles or goes back: which movements are deposits or returns.

They are looked at before the engine (`depositing`, `returning`): what a return opens again it may
settle, what a deposit credits it leaves alone. Nothing is decided here.

Source: DOMAIN C3, C9, C12; docs/decisions/0016-receipts-and-returns.md.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workbench.domain.frames import rows_of
from workbench.ledger.decisions import Line
from workbench.ledger.returning import Return
from workbench.matching import deposits
from workbench.matching.config import RULE_VERSION
from workbench.matching.operations import Operation, OperationWords, tell_operation
from workbench.matching.returns import RETURNS
from workbench.pipeline.open_side import Books

PROCESSOR: Final = "processor"
DEPOSIT_KINDS: Final = {
    Operation.CHEQUE_DEPOSIT: deposits.CHEQUE,
    Operation.CARD_DEPOSIT: deposits.CARD,
}
_GROUPED: Final = RETURNS | frozenset(DEPOSIT_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A deposit or a return that is decided, or proposed.

    Attributes:
        item: the movement's.
        building_id: its building.
        subject: its identifier.
        rank: of a proposal, 1 for the best.
        proposal_id: the same whichever run makes it.
        rule: `deposit`, `deposit_net` or `return`.
        lines: between the movement and the receipts, or the payment.
        taken: what a return needs to be decided; None for a deposit.
    """

    item: int
    building_id: str
    subject: str
    rank: int
    proposal_id: str
    rule: str
    confidence: float
    reasons: str
    lines: tuple[Line, ...]
    taken: Return | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedMoney:
    """Everything that deposits and returns say of a run's movements.

    Attributes:
        decided: deposits and returns that are sure.
        proposed: the others, ranked.
        classified: (item, kind, words) of what is not decided.
        taken: (item, transaction) that need nobody else's look.
        reversals: allocations that the decided returns reverse.
    """

    decided: list[Grouped] = field(default_factory=list)
    proposed: list[Grouped] = field(default_factory=list)
    classified: list[tuple[int, str, str]] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)
    reversals: set[str] = field(default_factory=set)


def grouped_reasons(
    criteria: Sequence[tuple[str, float, str]], *, words: str, differs: str, returned: str = ""
) -> str:
    """Returns the reasons of a deposit or a return, in the form of `matching.explain`.

    Args:
        criteria: (criterion, weight, words).
        words: what is said first, French.
        differs: why it waits; "" when it does not.
        returned: the bank's reason of a return, kept with it for whoever accepts it.
    """
    why = ", ".join(said for _, weight, said in criteria if weight > 0)
    data = {
        "rule_version": RULE_VERSION,
        "criteria": [
            {"criterion": name, "weight": weight, "words": said} for name, weight, said in criteria
        ],
        "dues": "",
        "differs": differs,
        "runner_up": None,
        "sentence": f"{words} : {why}.",
    } | ({"returned": returned} if returned else {})
    return json.dumps(data, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An open movement that is a deposit or a return."""

    row: dict[str, Any]
    operation: Operation
    words: str


def told_grouped(books: Books) -> list[Told]:
    """Returns the open movements that are deposits or returns, each label told once."""
    frame = books.open_movements
    processors = set(
        books.bank_accounts.loc[books.bank_accounts["kind"] == PROCESSOR, "iban"].tolist()
    )
    own = set(books.bank_accounts["iban"].tolist())
    # A processor whose statements nobody imports passes its cards on unseen.
    own -= processors - set(books.movements["iban"].unique().tolist())
    passed_on = processors - own
    known: dict[tuple[bool, str, str, str], OperationWords | None] = {}
    found: list[int] = []
    operations: list[OperationWords] = []
    columns = (
        (frame["amount_cents"] > 0).tolist(), frame["label"].tolist(),
        frame["operation_code"].tolist(), frame["return_reason"].tolist(),
        frame["iban"].isin(list(processors)).tolist(),
        frame["counterparty_iban"].isin(list(own)).tolist(),
        frame["counterparty_iban"].isin(list(passed_on)).tolist(),
    )  # fmt: skip
    for place, (money_in, label, code, reason, at_processor, internal, passed) in enumerate(
        zip(*columns, strict=True)
    ):
        key = (money_in, label, code, reason)
        if key not in known:
            known[key] = tell_operation(
                money_in=money_in, label=label, operation_code=code, return_reason=reason
            )
        operation = known[key]
        if internal:
            operation = None
        elif (
            (at_processor or passed)
            and money_in
            and (operation is None or operation.operation not in RETURNS)
        ):
            words = "Règlement du prestataire de cartes"
            operation = OperationWords(Operation.CARD_DEPOSIT, words)
        if operation is not None and operation.operation in _GROUPED:
            found.append(place)
            operations.append(operation)
    return [
        Told(row, told.operation, told.words)
        for row, told in zip(rows_of(frame.iloc[found]), operations, strict=True)
    ]


def grouped_id(subject: str, *parts: str) -> str:
    """Returns the same identifier for the same proposal, whichever run makes it."""
    content = "|".join([subject, *parts])
    return "P" + hashlib.sha256(content.encode()).hexdigest()[:16]
