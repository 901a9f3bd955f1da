"""One movement to decide on: what differs, the accounts it may be for, why, and why not (A8, D2).

Reads the ledger at the moment it is asked: a case is never older than the click that opened it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.documents.waterfall import Waterfall, waterfall
from workbench.domain.balances import movement_status
from workbench.domain.dates import french_date
from workbench.domain.errors import ParameterError
from workbench.domain.explanation import Explanation
from workbench.domain.money import french_euros
from workbench.domain.records import AllocationState, MovementStatus
from workbench.ledger import bench_views
from workbench.ledger.store import Ledger
from workbench.matching import sampling
from workbench.matching.config import DEFAULT, MatchConfig
from workbench.matching.pairing import Side, spread
from workbench.pipeline.due_words import KIND_WORDS
from workbench.pipeline.missing_words import RETURN_RULE

_MOST_FOR: Final = 3
_NOT_IDENTITY: Final = frozenset({"amount", "date", "instruction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDue:
    """A due a movement may settle.

    Attributes:
        item_id, due_id: its names.
        account_id: whose it is.
        due_on: when it is due.
        words: what people call it.
        kind: of the contract.
        open_cents: what is open of it, positive.
        proposed_cents: what the proposal would settle of it, 0 for none.
    """

    item_id: int
    due_id: str
    account_id: str
    due_on: date
    words: str
    kind: str
    open_cents: int
    proposed_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An account proposed for a movement.

    Attributes:
        proposal_id: `P…`; "" where a person searched the account.
        account_ids: one, or several of one payer; none where a deposit or a return is proposed.
        code: what payers quote.
        holder: whose account.
        lots: its lots, "" when unknown.
        rule: evidence class.
        amount_cents: what it would settle.
        speaks_for: French, the strongest first.
        speaks_against: French, why not, "" when nothing does.
        drawn: the reasons as a waterfall, None where there are none.
        parts: due item to cents, as the proposal would write.
    """

    proposal_id: str
    account_ids: tuple[str, ...]
    code: str
    holder: str
    lots: str
    rule: str
    amount_cents: int
    speaks_for: str
    speaks_against: str
    drawn: Waterfall | None
    parts: Mapping[int, int]

    @property
    def total(self) -> float | None:
        """Where the reasons end, None where there are none."""
        return self.drawn.total if self.drawn else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLink:
    """A link that stands on a movement.

    Attributes:
        link_id: `A…`.
        account_id: whose due it settles, "" for none.
        actor: who decided.
        at: when, ISO text in UTC.
    """

    link_id: str
    account_id: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One movement to decide on.

    Attributes:
        movement_id, item_id: its names.
        booked_on: when.
        payer: who paid, "" where the bank names nobody.
        label: the bank's words.
        counterparty_iban: the payer's, "" when unknown.
        amount_cents, open_cents: + money in.
        status: of the movement.
        set_aside: why it needs no link, "" while it does.
        bold: the fact, in a word or two.
        differs: French, what differs or is missing.
        is_alarming: something speaks against it.
        proposals: best first.
        links: what stands on it.
        link_id: the drawn link to check, "" when none.
        threshold: strength from which the engine may accept by itself.
    """

    movement_id: str
    item_id: int
    booked_on: date
    payer: str
    label: str
    counterparty_iban: str
    amount_cents: int
    open_cents: int
    status: str
    set_aside: str
    bold: str
    differs: str
    is_alarming: bool
    proposals: tuple[Proposed, ...]
    links: tuple[StandingLink, ...]
    link_id: str
    threshold: float


def movement_case(
    ledger: Ledger,
    facts: Mapping[str, Any],
    *,
    names: Mapping[str, "AccountName"],
    building_id: str,
    config: MatchConfig = DEFAULT,
) -> Case:
    """Reads everything a person wants to know before deciding on a movement.

    Args:
        ledger: open.
        facts: what never changes of the movement: its row of the queue.
        names: of the building's accounts.
        building_id: its building.
        config: the engine's settings, for the threshold.

    Raises:
        ParameterError: no such movement.

    Source: DOMAIN A8, A10, D2; UI, screen 1.
    """
    item_id, movement_id = facts["item_id"], facts["movement_id"]
    with ledger.snapshot():
        states = bench_views.movement_states(ledger, items=[item_id])
        if item_id not in states:
            raise ParameterError("ce mouvement n'est plus dans le registre")
        links = bench_views.links_of(ledger, item_id=item_id)
        to_check = bench_views.links_to_check(ledger, building_id=building_id)
    state = states[item_id]
    link_id = to_check.get(movement_id, "")
    standing = [row for row in links if row["state"] == AllocationState.ACCEPTED]
    waiting = [row for row in links if row["state"] == AllocationState.PROPOSED]
    status = movement_status(
        amount_cents=state["amount_cents"], open_cents=state["open_cents"],
        set_aside=state["set_aside"] is not None, proposed=bool(waiting),
    )  # fmt: skip
    shown = standing if link_id and status == MovementStatus.MATCHED else waiting
    proposals = _proposals(shown, item_id, names, config)
    bold, differs, is_alarming = _differences(state, status, proposals, link_id)
    return Case(
        movement_id=movement_id,
        item_id=item_id,
        booked_on=facts["booked_on"].date(),
        payer=facts["counterparty"],
        label=facts["label"],
        counterparty_iban=facts["counterparty_iban"],
        amount_cents=state["amount_cents"],
        open_cents=state["open_cents"],
        status=status,
        set_aside=state["set_aside"] or "",
        bold=bold,
        differs=differs,
        is_alarming=is_alarming,
        proposals=proposals,
        links=tuple(_standing(row) for row in standing),
        link_id=link_id,
        threshold=sampling.log_odds(config.least_confidence),
    )


@dataclass(frozen=True, slots=True)
class AccountName:
    """What people call an account: what payers quote, whose it is, its lots."""

    code: str
    holder: str
    lots: str


def account_names(accounts: pd.DataFrame) -> dict[str, AccountName]:
    """Returns the names of accounts (columns of the accounts view), by identifier."""
    columns = (accounts[name] for name in ("account_id", "code", "holder", "lots"))
    return {key: AccountName(*told) for key, *told in zip(*columns, strict=True)}


def searched_account(names: Mapping[str, AccountName], account_id: str) -> Proposed:
    """Returns an account that a person chose, as a proposal without reasons.

    Args:
        names: of the building's accounts.
        account_id: which.

    Raises:
        ParameterError: not of this building.
    """
    if account_id not in names:
        raise ParameterError(f"compte inconnu dans cet immeuble : {account_id}")
    name = names[account_id]
    return Proposed(
        proposal_id="", account_ids=(account_id,), code=name.code, holder=name.holder,
        lots=name.lots, rule="", amount_cents=0, speaks_for="choisi par vous", speaks_against="",
        drawn=None, parts={},
    )  # fmt: skip


def case_dues(ledger: Ledger, case: Case, proposed: Proposed) -> tuple[CaseDue, ...]:
    """Returns what is open of an account in the movement's direction, and what it would settle.

    What the proposal settles comes first, then the oldest.

    Args:
        ledger: open.
        case: the movement.
        proposed: one of its proposals, or an account searched.
    """
    sign = 1 if case.amount_cents > 0 else -1
    rows = bench_views.open_dues(ledger, account_ids=proposed.account_ids, items=proposed.parts)
    found = [
        _due(row, proposed.parts)
        for row in rows
        if row["open_cents"] * sign > 0 or row["item_id"] in proposed.parts
    ]
    return tuple(sorted(found, key=lambda d: (not d.proposed_cents, d.due_on, d.due_id)))


def by_law(case: Case, dues: Collection[CaseDue]) -> dict[int, int]:
    """Returns what each due gets of what is left of a movement, the oldest first.

    Source: LAW L15.
    """
    sides = [
        Side(
            item=due.item_id, name=due.due_id, account_id=due.account_id, kind=due.kind,
            on=due.due_on, cents=due.open_cents,
        )
        for due in dues
        if due.open_cents > 0
    ]  # fmt: skip
    return spread(abs(case.open_cents), sides, on=case.booked_on)


def _due(row: Mapping[str, Any], parts: Mapping[int, int]) -> CaseDue:
    due_on = date.fromisoformat(row["due_on"])
    named = f"{KIND_WORDS.get(row['kind'], row['kind'])} du {french_date(due_on)}"
    return CaseDue(
        item_id=row["item_id"], due_id=row["due_id"], account_id=row["account_id"], due_on=due_on,
        words=row["label"] or named, kind=row["kind"], open_cents=abs(row["open_cents"]),
        proposed_cents=parts.get(row["item_id"], 0),
    )  # fmt: skip


def _proposals(
    links: Iterable[Mapping[str, Any]],
    item_id: int,
    names: Mapping[str, AccountName],
    config: MatchConfig,
) -> tuple[Proposed, ...]:
    """Returns the accounts of some links, proposed or standing, one each proposal or decision."""
    groups: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for row in links:
        groups.setdefault((row["decision_seq"], row["proposal_id"]), []).append(row)
    why_not: dict[str, str] = {}
    found = []
    for rows in groups.values():
        explanation = Explanation.parse(rows[0]["reasons"])
        found.append(_proposed(rows, item_id, explanation, names, config, why_not))
        if explanation.runner_up:
            why_not.setdefault(explanation.runner_up, explanation.why_not)
    return tuple(found)


def _proposed(
    rows: Sequence[Mapping[str, Any]],
    item_id: int,
    explanation: Explanation,
    names: Mapping[str, AccountName],
    config: MatchConfig,
    why_not: Mapping[str, str],
) -> Proposed:
    ids = tuple(dict.fromkeys(row["account_id"] for row in rows if row["account_id"]))
    known = [names[account_id] for account_id in ids if account_id in names]
    code = " + ".join(name.code for name in known) or " + ".join(ids)
    drawn = None
    if explanation.reasons:
        drawn = waterfall(
            explanation, account=code, start=-config.none_score,
            accepted=rows[0]["state"] == AllocationState.ACCEPTED,
            threshold=sampling.log_odds(config.least_confidence),
        )  # fmt: skip
    parts: dict[int, int] = {}
    for row in rows:
        other = row["debit_item"] if row["credit_item"] == item_id else row["credit_item"]
        parts[other] = parts.get(other, 0) + row["amount_cents"]
    return Proposed(
        proposal_id=rows[0]["proposal_id"],
        account_ids=ids,
        code=code,
        holder=" + ".join(dict.fromkeys(name.holder for name in known)) or _grouped_words(rows),
        lots=", ".join(name.lots for name in known if name.lots),
        rule=rows[0]["rule"],
        amount_cents=sum(row["amount_cents"] for row in rows),
        speaks_for=_speaks_for(explanation),
        speaks_against=_speaks_against(explanation, why_not.get(ids[0], "") if ids else ""),
        drawn=drawn,
        parts=parts,
    )


def _grouped_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns what a proposal without account is about: receipts, or what a return takes back."""
    if rows[0]["rule"] == RETURN_RULE:
        return "Paiement à rendre"
    count = len({row["receipt_id"] for row in rows} - {""})
    return f"{count} encaissements" if count > 1 else "Encaissement" if count else "Autre mouvement"


def _speaks_for(explanation: Explanation) -> str:
    for_it = [reason for reason in explanation.reasons if reason.weight > 0 and reason.words]
    for_it.sort(key=lambda reason: (reason.criterion in _NOT_IDENTITY, -reason.weight))
    words = ", ".join(reason.words for reason in for_it[:_MOST_FOR])
    return words[:1].upper() + words[1:] if words else explanation.sentence


def _speaks_against(explanation: Explanation, why_not: str) -> str:
    against = [r.words for r in explanation.reasons if r.weight < 0 and r.words]
    if why_not:
        against = [why_not]
    words = " ; ".join(dict.fromkeys(against))
    return words[:1].upper() + words[1:]


def _standing(row: Mapping[str, Any]) -> StandingLink:
    return StandingLink(
        link_id=f"A{row['number']}", account_id=row["account_id"], actor=row["actor"], at=row["at"]
    )


def _differences(
    state: Mapping[str, Any], status: str, proposals: Sequence[Proposed], link_id: str
) -> tuple[str, str, bool]:
    """Returns what is to be said before the proposals: the fact, the words, whether it alarms."""
    if status == MovementStatus.IGNORED:
        return "Écarté", state["set_aside"], False
    if status == MovementStatus.MATCHED:
        if link_id:
            words = "tiré au sort parmi les liens que le moteur a acceptés seul"
            return "À contrôler", words, False
        return "Rapproché", "rien ne reste à affecter", False
    told = state["classified_words"]
    if status == MovementStatus.PARTIAL:
        settled = french_euros(abs(state["amount_cents"]) - abs(state["open_cents"]))
        left = french_euros(abs(state["open_cents"]))
        return "Partiel", f"{settled} déjà affectés, reste {left} à affecter", False
    if not proposals:
        return "À identifier", told or "aucun compte ne ressort", bool(told)
    drawn = proposals[0].drawn
    differs = drawn.explanation.differs if drawn else ""
    return "Proposé, pas accepté", differs or told or "à vous de décider", bool(differs)


def due_sentence(case: Case, dues: Collection[CaseDue], plan: Mapping[int, int]) -> str:
    """Returns what a plan leaves: of the payment, and on the account.

    Args:
        case: the movement.
        dues: open ones of the account.
        plan: cents by due.
    """
    rest = abs(case.open_cents) - sum(plan.values())
    owed = [(due, due.open_cents - plan.get(due.item_id, 0)) for due in dues]
    owing = [(due, cents) for due, cents in owed if cents > 0]
    words = f"Reste du paiement\u00a0: {french_euros(rest)}."
    if not owing:
        return f"{words} Plus rien d’ouvert sur ce compte."
    total = sum(cents for _, cents in owing)
    late = [due.due_on for due, _ in owing if due.due_on <= case.booked_on]
    since = f", depuis le {french_date(min(late))}" if late else ", à échoir"
    return f"{words} Il restera {french_euros(total)} ouverts sur ce compte{since}."
