"""Returns: from the ledger's frames to `matching.returns`, and what it finds to decisions.

Source: DOMAIN C3; LAW L16; docs/decisions/0016-receipts-and-returns.md.
"""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from workbench.domain.frames import rows_of
from workbench.domain.money import french_euros
from workbench.ledger import decisions
from workbench.ledger.returning import Return
from workbench.matching import returns
from workbench.matching.operations import Operation, tell_operation
from workbench.matching.returns import Payment, Returned, ReturnMatch
from workbench.pipeline.grouped import Grouped, GroupedMoney, Told, grouped_id, grouped_reasons
from workbench.pipeline.open_side import Books, parts_of

_BATCH_COLUMNS: Final = ("counterparty", "counterparty_iban", "end_to_end_id", "mandate_id")


def reopened_dues(books: Books, found: GroupedMoney) -> pd.DataFrame:
    """Returns the dues, open again by what the decided returns reverse.

    Args:
        books: the frames.
        found: of `add_returns`.
    """
    lines = books.allocations[books.allocations["allocation_id"].isin(list(found.reversals))]
    freed = (
        pd.concat([lines.groupby(f"{s}_item")["amount_cents"].sum() for s in ("credit", "debit")])
        .groupby(level=0)
        .sum()
    )
    dues = books.dues
    more = dues["item_id"].map(freed).fillna(0).astype("int64")
    sign = dues["amount_cents"].ge(0).map({True: 1, False: -1}).astype("int64")
    return dues.assign(open_cents=dues["open_cents"] + sign * more)


def add_returns(
    books: Books, told: list[Told], found: GroupedMoney, demoted: frozenset[str]
) -> None:
    """Adds the returns among the open movements to what was found.

    Args:
        books: the ledger's frames.
        told: of `told_grouped`.
        found: filled.
        demoted: rules of which nothing is accepted.
    """
    back = [each for each in told if each.operation in returns.RETURNS]
    asked = [returned for each in back for returned in _returned(each, books)]
    if not asked:
        return
    names = {int(each.row["item_id"]): each for each in back}
    barred = {item for item, _ in books.undone if item in names}
    decided: set[tuple[int, int]] = set()
    for match in returns.match_returns(asked, _payments(books, asked), barred=barred):
        group = _return(match, str(names[match.returned.item].row["movement_id"]))
        if group.proposal_id in books.rejected_proposals:
            continue
        found.taken.add((match.returned.item, 0))
        if not match.sure or returns.RETURN in demoted:
            found.proposed.append(group)
            continue
        found.decided.append(group)
        decided.add((match.returned.item, match.returned.part))
        for item in match.payment.items:
            found.taken.add((item, match.payment.part))
        found.reversals.update(_live_links(books, match.payment))
    for item in sorted({r.item for r in asked if (r.item, r.part) not in decided}):
        if (item, 0) in found.taken:
            each = names[item]
            found.classified.append((item, each.operation.value, each.words))


def _returned(each: Told, books: Books) -> list[Returned]:
    row = each.row
    linked = books.linked_parts() if row["details"] else {}
    item, cents = int(row["item_id"]), abs(int(row["open_cents"]))
    parts = parts_of(row["details"])
    common = {
        "item": item, "building_id": row["building_id"], "on": row["booked_on"].date(),
        "money_in": row["amount_cents"] > 0, "operation": each.operation,
    }  # fmt: skip
    if len(parts) > 1 and sum(abs(p["amount_cents"]) for p in parts) == abs(row["amount_cents"]):
        return [
            Returned(
                **common, part=place, cents=abs(part["amount_cents"]),
                reason=part["return_reason"] or row["return_reason"],
                words=_return_words(each, part["return_reason"] or row["return_reason"]),
                label=part["label"] or row["label"], counterparty=part["counterparty"],
                iban=part["counterparty_iban"], end_to_end_id=part["end_to_end_id"],
                mandate_id=part["mandate_id"],
            )
            for place, part in enumerate(parts, start=1)
            if (item, place) not in linked
        ]  # fmt: skip
    only = parts[0] if len(parts) == 1 else dict.fromkeys(_BATCH_COLUMNS, "")
    return [
        Returned(
            **common, part=0, cents=cents, reason=row["return_reason"], words=each.words,
            label=row["label"], counterparty=row["counterparty"] or only["counterparty"],
            iban=row["counterparty_iban"] or only["counterparty_iban"],
            end_to_end_id=row["end_to_end_id"] or only["end_to_end_id"],
            mandate_id=row["mandate_id"] or only["mandate_id"],
            # Where there is neither, the bank may still have named the batch.
            points_to=row["returns_movement_id"],
        )
    ]  # fmt: skip


def _return_words(each: Told, reason: str) -> str:
    told = tell_operation(
        money_in=each.row["amount_cents"] > 0, label=each.row["label"],
        operation_code=each.row["operation_code"], return_reason=reason,
    )  # fmt: skip
    return told.words if told is not None else each.words


def _payments(books: Books, asked: Sequence[Returned]) -> list[Payment]:
    """Returns the payments of the amounts that came back, and that nothing took back yet."""
    wanted = {(r.building_id, r.cents, not r.money_in) for r in asked}
    links = books.allocations
    back = links[links["rule"] == returns.RETURN]
    gone = {
        (int(item), int(part))
        for side in ("credit", "debit")
        for item, part in zip(back[f"{side}_item"], back[f"{side}_part"], strict=True)
    }
    found = _receipt_payments(books, wanted, gone)
    # A movement that credits receipts is no payment of somebody.
    credited = set(links.loc[links["receipt_side"] == "deposit", "credit_item"].tolist())
    frame = books.movements
    frame = frame[~frame["item_id"].isin(list(credited)) & frame["return_reason"].eq("")]
    cents = {cents for _, cents, _ in wanted}
    batches = frame["details"].str.contains('"parts":[[', regex=False)
    near = frame[frame["amount_cents"].abs().isin(list(cents)) | batches]
    near = near[near["building_id"].isin([building for building, _, _ in wanted])]
    for row in rows_of(near):
        found += _movement_payments(row, wanted, gone)
    return found


def _movement_payments(
    row: dict[str, Any], wanted: set[tuple[str, int, bool]], gone: set[tuple[int, int]]
) -> list[Payment]:
    """Returns a movement as a payment, or those of its transactions that are wanted."""
    money_in = row["amount_cents"] > 0
    parts = parts_of(row["details"])
    told = enumerate(parts, start=1) if len(parts) > 1 else [(0, row)]
    return [
        Payment(
            items=(int(row["item_id"]),), part=place, cents_of=(abs(int(part["amount_cents"])),),
            building_id=row["building_id"], on=row["booked_on"].date(), money_in=bool(money_in),
            kind=_payment_kind(row, part), movement_id=row["movement_id"],
            payer=part["counterparty"], iban=part["counterparty_iban"],
            end_to_end_id=part["end_to_end_id"], mandate_id=part["mandate_id"],
        )
        for place, part in told
        if (row["building_id"], abs(int(part["amount_cents"])), bool(money_in)) in wanted
        and (int(row["item_id"]), place) not in gone
    ]  # fmt: skip


def _payment_kind(row: dict[str, Any], part: dict[str, Any]) -> str:
    if part["mandate_id"]:
        return returns.DEBIT
    told = tell_operation(
        money_in=row["amount_cents"] > 0, label=row["label"],
        operation_code=row["operation_code"], return_reason="",
    )  # fmt: skip
    kinds = {
        Operation.DEBIT_BATCH: returns.DEBIT,
        Operation.CHEQUE_DEPOSIT: returns.CHEQUE,
        Operation.CARD_DEPOSIT: returns.CARD,
    }
    if told is not None and told.operation in kinds:
        return kinds[told.operation]
    return returns.DEBIT if _DEBIT_WORDS & set(row["label"].upper().split()) else returns.TRANSFER


_DEBIT_WORDS: Final = frozenset({"PRLV", "PRELEVEMENT", "PRÉLÈVEMENT", "SDD"})


def _receipt_payments(
    books: Books, wanted: set[tuple[str, int, bool]], gone: set[tuple[int, int]]
) -> list[Payment]:
    """Returns the receipts of the wanted amounts, their accounts of one building together."""
    frame = books.receipts[books.receipts["kind"] == "receipt"]
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows_of(frame):
        key = (row["receipt_kind"], row["receipt_id"], row["building_id"])
        groups.setdefault(key, []).append(row)
    found = []
    for (kind, receipt, building), rows in groups.items():
        cents = tuple(-int(row["amount_cents"]) for row in rows)
        items = tuple(int(row["item_id"]) for row in rows)
        if (building, sum(cents), True) not in wanted or any((i, 0) in gone for i in items):
            continue
        first = rows[0]
        found.append(
            Payment(
                items=items, part=0, cents_of=cents, building_id=building,
                on=first["received_on"].date(), money_in=True, kind=kind, movement_id=receipt,
                payer=first["payer"], number=first["number"],
            )
        )  # fmt: skip
    return found


def _live_links(books: Books, payment: Payment) -> set[str]:
    """Returns the allocations of a payment that its return reverses."""
    lines = books.allocations[
        (books.allocations["rule"] != returns.RETURN)
        & (books.allocations["receipt_side"] != "deposit")
    ]
    own = pd.Series(False, index=lines.index)
    for side in ("credit", "debit"):
        own |= lines[f"{side}_item"].isin(payment.items) & (lines[f"{side}_part"] == payment.part)
    return set(lines.loc[own, "allocation_id"])


def _return(match: ReturnMatch, subject: str) -> Grouped:
    returned, payment = match.returned, match.payment
    day = returned.on.isoformat()
    sign = 1 if returned.money_in else -1
    lines = tuple(
        decisions.joined(
            returned.item, item, sign * returned.cents, cents, "", day, part=returned.part,
            due_part=payment.part,
        )
        for item, cents in zip(payment.items, payment.cents_of, strict=True)
    )  # fmt: skip
    proposal_id = grouped_id(
        subject, returns.RETURN, str(returned.part), f"{payment.movement_id}#{payment.part}"
    )
    words = f"{returned.words}, {french_euros(returned.cents)}"
    reasons = grouped_reasons(
        match.criteria, words=words, differs=match.differs, returned=returned.words
    )
    return Grouped(
        item=returned.item, building_id=returned.building_id, subject=subject, rank=match.rank,
        proposal_id=proposal_id, rule=returns.RETURN, confidence=match.confidence,
        reasons=reasons, lines=lines,
        taken=Return(
            subject=subject, pairs=lines, payments=payment.items,
            parts=tuple(payment.part for _ in payment.items), on=day, words=returned.words,
            confidence=match.confidence, reasons=reasons, proposal_id=proposal_id,
        ),
    )  # fmt: skip
