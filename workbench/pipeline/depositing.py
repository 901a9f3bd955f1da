"""Deposits: from the ledger's frames to `matching.deposits`, and what it finds to decisions.

Source: DOMAIN C9, C12; docs/decisions/0016-receipts-and-returns.md.
"""

import pandas as pd

from workbench.domain.frames import rows_of
from workbench.domain.money import french_euros
from workbench.ledger import decisions
from workbench.matching import deposits, transfers
from workbench.matching.deposits import Credit, DepositMatch, InHand
from workbench.matching.transfers import Passing
from workbench.pipeline.grouped import (
    DEPOSIT_KINDS,
    PROCESSOR,
    Grouped,
    GroupedMoney,
    Told,
    grouped_id,
    grouped_reasons,
)
from workbench.pipeline.open_side import Books


def add_deposits(
    books: Books, told: list[Told], found: GroupedMoney, demoted: frozenset[str]
) -> None:
    """Adds the deposits among the open movements to what was found.

    Args:
        books: the ledger's frames.
        told: of `told_grouped`.
        found: filled.
        demoted: rules of which nothing is accepted.
    """
    hand = _in_hand(books)
    kinds = {(receipt.building_id, receipt.kind) for receipt in hand}
    rows = {int(each.row["item_id"]): each for each in told if each.operation in DEPOSIT_KINDS}
    asked = [
        Credit(
            item=item, building_id=each.row["building_id"], kind=DEPOSIT_KINDS[each.operation],
            on=each.row["booked_on"].date(), cents=int(each.row["open_cents"]),
            label=each.row["label"],
        )
        for item, each in rows.items()
        # An office that enters no cheque links its deposits to dues.
        if (each.row["building_id"], DEPOSIT_KINDS[each.operation]) in kinds
    ]  # fmt: skip
    barred = {item for item, account in books.undone if not account}
    matched = deposits.match_deposits(asked, hand, barred=barred)
    for match in matched.matches:
        group = _deposit(match, rows[match.credit.item])
        if group.proposal_id in books.rejected_proposals:
            continue
        sure = match.sure and match.rule not in demoted
        (found.decided if sure else found.proposed).append(group)
        found.taken.add((match.credit.item, 0))
    for item, words in matched.unexplained.items():
        found.classified.append((item, rows[item].operation.value, words))
        found.taken.add((item, 0))


def add_transfers(books: Books, found: GroupedMoney, demoted: frozenset[str]) -> None:
    """Adds what card processors passed on to the building's own accounts to what was found.

    Args:
        books: the ledger's frames.
        found: filled.
        demoted: rules of which nothing is accepted.
    """
    banks = books.bank_accounts
    processors = banks.loc[banks["kind"] == PROCESSOR, "iban"].tolist()
    if not processors or transfers.TRANSFER in demoted:
        return
    frame = books.open_movements
    frame = frame[frame["open_cents"] == frame["amount_cents"]]
    of_processor = frame["iban"].isin(processors)
    own = frame["counterparty_iban"].isin([*banks["iban"].tolist(), ""])
    out = frame[of_processor & own & (frame["amount_cents"] < 0)]
    came = frame[~of_processor & own & (frame["amount_cents"] > 0)]
    names = dict(zip(frame["item_id"].tolist(), frame["movement_id"].tolist(), strict=True))
    barred = {item for item, _ in books.undone}
    for left, into in transfers.pair_transfers(_passing(out), _passing(came), barred=barred):
        subject = str(names[left.item])
        words = f"{french_euros(left.cents)} virés du compte du prestataire de cartes"
        criteria = (
            ("amount", 2.0, "même montant"),
            ("account", 6.0, "compte désigné par la banque"),
        )
        found.decided.append(
            Grouped(
                item=left.item, building_id=left.building_id, subject=subject, rank=1,
                proposal_id=grouped_id(subject, transfers.TRANSFER, str(names[into.item])),
                rule=transfers.TRANSFER, confidence=0.995,
                reasons=grouped_reasons(criteria, words=words, differs=""),
                lines=(
                    decisions.joined(
                        left.item, into.item, -left.cents, left.cents, "", into.on.isoformat()
                    ),
                ),
            )
        )  # fmt: skip
        found.taken.update({(left.item, 0), (into.item, 0)})


def _passing(frame: pd.DataFrame) -> list[Passing]:
    return [
        Passing(
            item=int(row["item_id"]), building_id=row["building_id"], iban=row["iban"],
            other_iban=row["counterparty_iban"], on=row["booked_on"].date(),
            cents=abs(int(row["open_cents"])),
        )
        for row in rows_of(frame)
    ]  # fmt: skip


def _in_hand(books: Books) -> list[InHand]:
    frame = books.receipts
    frame = frame[
        (frame["kind"] == "deposit")
        & (frame["receipt_kind"] != "on_account")
        & (frame["open_cents"] > 0)
        & (frame["set_aside"] == "")
    ]
    return [
        InHand(
            item=int(row["item_id"]), building_id=row["building_id"], kind=row["receipt_kind"],
            receipt_id=row["receipt_id"], on=row["received_on"].date(), moment=row["at"],
            cents=int(row["open_cents"]),
        )
        for row in rows_of(frame)
    ]  # fmt: skip


def _deposit(match: DepositMatch, told: Told) -> Grouped:
    credit = match.credit
    day = credit.on.isoformat()
    # The bank's fee stays on the largest receipt, the first of them: it always bears it.
    largest = max(match.receipts, key=lambda receipt: receipt.cents).item
    lines = tuple(
        decisions.joined(
            credit.item, receipt.item, credit.cents,
            receipt.cents - (match.fee_cents if receipt.item == largest else 0), "", day,
        )
        for receipt in match.receipts
    )  # fmt: skip
    subject = str(told.row["movement_id"])
    words = f"{french_euros(credit.cents)} crédités"
    return Grouped(
        item=credit.item, building_id=credit.building_id, subject=subject, rank=match.rank,
        proposal_id=grouped_id(
            subject, match.rule, *(f"{r.receipt_id}:{r.cents}" for r in match.receipts)
        ),
        rule=match.rule, confidence=match.confidence,
        reasons=grouped_reasons(match.criteria, words=words, differs=match.differs),
        lines=lines,
    )  # fmt: skip
