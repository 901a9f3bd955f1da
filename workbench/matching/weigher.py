"""The candidates of one movement, weighed and ranked against the dues still open.

One account after the other, one person's accounts together, and without any identity those whose
dues have the amount. `decide` says whether the best is sure.
"""

import math
from collections.abc import Sequence

from workbench.domain.money import french_euros
from workbench.matching.amounts import AmountIndex
from workbench.matching.book import Account, Book, Movement, OpenDue, Payment
from workbench.matching.candidates import AccountClues, MovementClues
from workbench.matching.choices import Choice, Fit
from workbench.matching.config import (
    AMOUNT,
    AMOUNT_DATE,
    CODE,
    IBAN,
    NAME_EXACT,
    NAME_FUZZY,
    NAME_PARTIAL,
    RECEIPT,
    REFERENCE,
    SHARED_IBAN,
    MatchConfig,
)
from workbench.matching.evidence import Candidate, IdentityEvidence
from workbench.matching.names import NameLevel
from workbench.matching.periods import day_words
from workbench.matching.shortfalls import settle_by_law
from workbench.matching.subsets import choose_dues

# What several accounts of one payment have in common.
_IDENTITY = frozenset({"reference", "code", "iban", "name", "lot", "other_iban"})


class Weigher:
    """Weighs the candidates of one movement after the other against the dues still open.

    Args:
        book: what is open; the dues' remainders are read at the time of weighing.
        config: weights and windows.
    """

    def __init__(self, book: Book, config: MatchConfig) -> None:
        self._book = book
        self._config = config
        self._identity = IdentityEvidence(book, config)
        self._amounts = AmountIndex(book)

    def weigh(self, movement: Movement, clues: MovementClues) -> list[Candidate]:
        """Returns the candidates of a movement, best first.

        Accounts that something identifies; without any, those whose dues have its amount. Pairs
        that a human refused are left out after the rivals were counted.
        """
        candidates = [self._identified(movement, clues, c) for c in clues.accounts.values()]
        if len(candidates) > 1:
            together = self._together(movement, clues, candidates)
            if together:
                candidates.append(together)
        if not clues.identified:
            candidates += self._by_amount_alone(movement, clues)
        rejected = self._book.rejected
        if rejected:
            candidates = [
                c
                for c in candidates
                if not any((movement.item_id, a) in rejected for a in c.accounts)
            ]
        if len(candidates) > 1:
            candidates.sort(key=_order)
        return candidates

    def same_day(self, movement: Movement) -> list[tuple[OpenDue, ...]]:
        """Returns the open dues of the building with the movement's amount and day (DOMAIN A8)."""
        return self._amounts.groups(movement, farthest=0, single=True)

    # One account

    def _identified(
        self, movement: Movement, clues: MovementClues, clue: AccountClues
    ) -> Candidate:
        account = self._book.accounts[clue.account]
        dues = account.dues[movement.sign]
        choice = None
        if dues:
            payments = self._book.payments.get(clue.account, ())
            choice = choose_dues(
                dues,
                amount_cents=movement.cents,
                booked_on=movement.booked_on,
                config=self._config,
                instruction=clues.instruction,
                discounts=account.dues[-movement.sign],
                is_whole=movement.whole,
                habitual=self._is_habitual(account, movement),
                paid_on=[
                    p.booked_on
                    for p in payments
                    if p.cents == movement.cents and p.booked_on < movement.booked_on
                ],
            )
            if clue.receipt and choice is not None and choice.doubt is not None:
                choice = settle_by_law(dues, movement.cents, movement.booked_on, self._config)
        candidate = Candidate((clue.account,), _rule(movement, clue, choice), choice)
        if choice is not None and not choice.exact and candidate.rule in (IBAN, NAME_EXACT):
            self._compare_others(candidate, movement)
        self._identity.add_for(candidate, movement, clues, clue)
        self._identity.add_against(candidate, movement.sign, clues, clue)
        if choice is not None:
            self._weigh_dues(candidate, choice, movement, is_aid=clues.housing_aid)
        if clues.stray_name and not clue.identified:
            self._identity.add_unknown_payer(candidate, clues)
        self._compare_payments(candidate, movement)
        return candidate

    def _is_habitual(self, account: Account, movement: Movement) -> bool:
        """Says whether the account paid about the same amount a month or a quarter ago."""
        payments = self._book.payments.get(account.index)
        if not payments:
            return False
        tolerance = movement.cents * self._config.short_percent // 100
        return any(
            abs(payment.cents - movement.cents) <= tolerance
            and self._config.duplicate_days < abs(movement.booked_on - payment.booked_on)
            and abs(movement.booked_on - payment.booked_on) <= self._config.habit_days
            for payment in payments
        )

    def _compare_others(self, candidate: Candidate, movement: Movement) -> None:
        """Objects when a known payer's amount is what another account asks, and not his own."""
        for group in self._amounts.groups(movement, farthest=self._config.amount_days):
            if group[0].account not in candidate.accounts:
                shown = self._book.accounts[group[0].account].account_id
                words = f"le montant est celui que doit un autre compte ({shown})"
                candidate.objections.append(words)
                return

    # Dues and date

    def _weigh_dues(
        self, candidate: Candidate, choice: Choice, movement: Movement, *, is_aid: bool = False
    ) -> None:
        weights = self._config.weights
        weight = _FIT_WEIGHTS[choice.fit]
        # Housing aid is a part of the rent by its nature; who names the month says it is a part.
        if choice.fit is Fit.PARTIAL and (is_aid or choice.is_instructed):
            weight = "fit_named_part"
        candidate.add("amount", weights[weight], choice.said)
        if choice.is_instructed:
            candidate.add("instruction", weights["instruction"], choice.named_words)
        first_due_on = choice.first_due_on
        days = movement.booked_on - first_due_on
        weight = self._weight_of_days(days)
        candidate.add("date", weights[weight], lambda: _date_words(weight, days, first_due_on))

    def _weight_of_days(self, days: int) -> str:
        if days == 0:
            return "date_exact"
        near = -self._config.early_days <= days <= self._config.amount_days
        return "date_near" if near else "date_far"

    def _compare_payments(self, candidate: Candidate, movement: Movement) -> None:
        """Notes whether the account settled the same amount a few days ago.

        It is a double one when nothing like it is owed; a coming due that could be paid early is
        no reason for a second payment.
        """
        for account in candidate.accounts:
            payments = self._book.payments.get(account)
            if payments and any(self._is_alike(p, movement) for p in payments):
                candidate.repeated = True
                candidate.duplicate = self._is_double(candidate.choice, movement)
                return

    def _is_alike(self, payment: Payment, movement: Movement) -> bool:
        return (
            payment.cents == movement.cents
            and payment.movement_item_id != movement.item_id
            and abs(payment.booked_on - movement.booked_on) <= self._config.duplicate_days
        )

    def _is_double(self, choice: Choice | None, movement: Movement) -> bool:
        if choice is None:
            return True
        if choice.is_instructed and choice.exact:
            return False
        ahead = choice.first_due_on - movement.booked_on
        soon = self._config.soon_days if movement.sign > 0 else self._config.early_invoice_days
        return choice.fit is Fit.OVER or ahead > soon

    # Several accounts, no account

    def _together(
        self, movement: Movement, clues: MovementClues, candidates: list[Candidate]
    ) -> Candidate | None:
        """Returns one person's accounts (or all those that the label names) as one candidate.

        Only when the amount is what they ask for together and no one of them alone.
        """
        members, rule = self._paid_together(clues, candidates)
        if len(members) < 2 or any(c.exact for c in members):
            return None
        dues = [
            due for c in members for due in self._book.accounts[c.accounts[0]].dues[movement.sign]
        ]
        choice = choose_dues(
            dues,
            amount_cents=movement.cents,
            booked_on=movement.booked_on,
            config=self._config,
            instruction=clues.instruction,
            is_whole=movement.whole,
        )
        if choice is None or not choice.exact:
            return None
        accounts = tuple(sorted({due.account for due, _ in choice.parts}))
        if len(accounts) < 2:
            return None
        strongest = max(members, key=lambda c: (c.score, -c.accounts[0]))
        candidate = Candidate(accounts, rule, choice)
        for name, weight, words in strongest.criteria:
            if name in _IDENTITY:
                candidate.add(name, weight, words)
        candidate.add("accounts", 0.0, lambda: f"plusieurs comptes : {self._ids(accounts)}")
        self._weigh_dues(candidate, choice, movement)
        if rule == CODE:
            candidate.objections = [o for o in strongest.objections if "désigne" not in o]
        else:
            candidate.objections = list(strongest.objections)
            if rule == NAME_EXACT:
                candidate.objections.append("plusieurs comptes du même nom")
        return candidate

    def _paid_together(
        self, clues: MovementClues, candidates: list[Candidate]
    ) -> tuple[list[Candidate], str]:
        """Returns the accounts one payment may be for: named, one person's, or one payer's."""
        of = clues.accounts
        coded = [c for c in candidates if of[c.accounts[0]].coded]
        if len(coded) > 1:
            return coded, CODE
        members, rule = self._of_one_person(clues, candidates)
        if len(members) > 1:
            return members, rule
        # An agency that pays for several owners: by the lots it names, else all those it pays for.
        lots = [c for c in candidates if of[c.accounts[0]].lot]
        shared = [c for c in candidates if of[c.accounts[0]].iban == "shared"]
        return (lots if len(lots) > 1 else shared), SHARED_IBAN

    def _ids(self, accounts: Sequence[int]) -> str:
        return ", ".join(self._book.accounts[a].account_id for a in accounts)

    def _of_one_person(
        self, clues: MovementClues, candidates: list[Candidate]
    ) -> tuple[list[Candidate], str]:
        pointed = [
            c
            for c in candidates
            if c.rule in (IBAN, NAME_EXACT, CODE) and clues.accounts[c.accounts[0]].identified
        ]
        if not pointed:
            return [], IBAN
        best = max(pointed, key=lambda c: (c.score, -c.accounts[0]))
        members = [c for c in pointed if self._book.same_person(c.accounts[0], best.accounts[0])]
        by_iban = all(clues.accounts[c.accounts[0]].iban for c in members)
        return members, IBAN if by_iban else NAME_EXACT

    def _by_amount_alone(self, movement: Movement, clues: MovementClues) -> list[Candidate]:
        """Returns accounts whose dues have the amount: proposals, unless DOMAIN A8 holds."""
        best: dict[int, tuple[OpenDue, ...]] = {}
        for group in self._amounts.groups(movement, farthest=self._config.amount_days):
            best.setdefault(group[0].account, group)
        rivals = len(best)
        shown = [(a, g) for a, g in best.items() if a not in clues.accounts]
        # The closest first already: more than are shown need not be weighed.
        return [
            self._of_amount(movement, clues, account, group, rivals)
            for account, group in shown[: self._config.max_proposals]
        ]

    def _of_amount(
        self,
        movement: Movement,
        clues: MovementClues,
        account: int,
        group: tuple[OpenDue, ...],
        rivals: int,
    ) -> Candidate:
        single = len(group) == 1
        fit = Fit.SINGLE if single else Fit.ALL
        choice = Choice(fit, tuple((d, d.left_cents) for d in group))
        on_the_day = single and group[0].due_on == movement.booked_on
        candidate = Candidate((account,), AMOUNT_DATE if on_the_day else AMOUNT, choice)
        self._weigh_dues(candidate, choice, movement)
        if rivals > 1:
            weight = -round(math.log(rivals), 3)
            candidate.add(
                "rivals", weight, lambda: f"{rivals} comptes de l'immeuble ont ce montant à payer"
            )
        if clues.stray_name:
            self._identity.add_unknown_payer(candidate, clues)
        else:
            candidate.differs.append("rien n'identifie le payeur")
        return candidate


_FIT_WEIGHTS = {fit: f"fit_{fit}" for fit in Fit}


def difference_words(choice: Choice, movement: Movement) -> str:
    """Returns what differs between the amount and what the dues ask for, in French."""
    if choice.fit is Fit.AMBIGUOUS:
        return choice.words
    asked = sum(due.left_cents for due, _ in choice.parts)
    verb = "reçus" if movement.sign > 0 else "versés"
    return f"montant : {french_euros(movement.cents)} {verb} pour {french_euros(asked)} attendus"


def _date_words(weight: str, days: int, first_due_on: int) -> str:
    due_on = day_words(first_due_on)
    if weight == "date_exact":
        return f"reçu à la date même de l'échéance, {due_on}"
    if weight == "date_far":
        return f"loin de l'échéance du {due_on}"
    when = f"{days} jours après" if days > 0 else f"{-days} jours avant"
    return f"{when} l'échéance du {due_on}"


def _rule(movement: Movement, clue: AccountClues, choice: Choice | None) -> str:
    """Returns the strongest evidence class that points to the account."""
    if clue.receipt:
        return RECEIPT
    if clue.coded:
        return REFERENCE if clue.references else CODE
    if clue.iban in ("own", "person"):
        return IBAN
    if clue.name.level >= NameLevel.ONE_WORD:
        return NAME_EXACT
    # A short code is as good as its amount.
    if clue.code and choice and choice.exact:
        return CODE
    return _weak_rule(movement, clue, choice)


def _weak_rule(movement: Movement, clue: AccountClues, choice: Choice | None) -> str:
    if clue.name.level is NameLevel.FUZZY:
        return NAME_FUZZY
    if clue.iban == "shared":
        return SHARED_IBAN
    if choice and choice.fit is Fit.SINGLE and choice.first_due_on == movement.booked_on:
        return AMOUNT_DATE
    return NAME_PARTIAL if clue.name.level else AMOUNT


def _order(candidate: Candidate) -> tuple[float, bool, tuple[int, ...]]:
    # At equal scores the closer amount, then the identifier: never the order of rows.
    return (-candidate.score, not candidate.exact, candidate.accounts)
