"""The candidates of one movement, weighed and ranked against the dues still open.

One account after the other, one person's accounts together, and without any identity those whose
dues have the amount. `decide` says whether the best is sure.
"""

import math

from workbench.domain.money import french_euros
from workbench.matching.book import Account, Book, Movement, OpenDue
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
    REFERENCE,
    SHARED_IBAN,
    MatchConfig,
)
from workbench.matching.evidence import Candidate, Criterion, IdentityEvidence
from workbench.matching.names import NameLevel
from workbench.matching.periods import day_words
from workbench.matching.subsets import choose_dues


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
        self._by_amount: dict[tuple[str, int, int], list[tuple[OpenDue, ...]]] = {}
        self._index_amounts()

    def _index_amounts(self) -> None:
        """Indexes single dues, and the dues of one account and date, by building and amount."""
        for account in self._book.accounts:
            for sign, dues in account.dues.items():
                by_date: dict[int, list[OpenDue]] = {}
                for due in dues:
                    # A remainder is no amount that anybody was asked for.
                    if not due.untouched:
                        continue
                    key = (account.building_id, sign, due.left_cents)
                    self._by_amount.setdefault(key, []).append((due,))
                    by_date.setdefault(due.due_on, []).append(due)
                for group in by_date.values():
                    if len(group) > 1:
                        total = sum(d.left_cents for d in group)
                        key = (account.building_id, sign, total)
                        self._by_amount.setdefault(key, []).append(tuple(group))

    def weigh(self, movement: Movement, clues: MovementClues) -> list[Candidate]:
        """Returns the candidates of a movement, best first.

        Accounts that something identifies; without any, those whose dues have its amount. Pairs
        that a human refused are left out after the rivals were counted.
        """
        candidates = [self._identified(movement, clues, c) for c in clues.accounts.values()]
        together = self._together(movement, clues, candidates)
        if together:
            candidates.append(together)
        if not any(c.identified for c in clues.accounts.values()):
            candidates += self._by_amount_alone(movement, clues)
        kept = [
            c
            for c in candidates
            if not any((movement.item_id, a) in self._book.rejected for a in c.accounts)
        ]
        return sorted(kept, key=_order)

    def same_amount(self, movement: Movement, *, on_the_day: bool) -> list[tuple[OpenDue, ...]]:
        """Returns the open dues of the building (alone or of one date) with the movement's amount.

        Args:
            movement: gives building, sign, amount and day.
            on_the_day: only single dues of exactly that date (DOMAIN A8).
        """
        groups = self._by_amount.get((movement.building_id, movement.sign, movement.cents), ())
        farthest = 0 if on_the_day else self._config.amount_days
        found: list[tuple[OpenDue, ...]] = []
        for group in groups:
            if abs(group[0].due_on - movement.booked_on) > farthest:
                continue
            if on_the_day and len(group) > 1:
                continue
            # All of them still open, and whole: the amount is that of the whole group.
            if sum(d.left_cents for d in group) == movement.cents:
                found.append(group)
        return found

    # One account

    def _identified(
        self, movement: Movement, clues: MovementClues, clue: AccountClues
    ) -> Candidate:
        account = self._book.accounts[clue.account]
        choice = choose_dues(
            account.dues[movement.sign],
            amount_cents=movement.cents,
            booked_on=movement.booked_on,
            config=self._config,
            instruction=clues.instruction,
            discounts=account.dues[-movement.sign],
            is_whole=movement.whole,
            habitual=self._is_habitual(account, movement),
        )
        candidate = Candidate((clue.account,), self._rule(movement, clue, choice), choice)
        self._identity.add_for(candidate, movement, clues, clue)
        self._identity.add_against(candidate, movement.sign, clues, clue)
        self._weigh_dues(candidate, movement)
        if not clue.identified and clues.stray_name:
            self._identity.add_unknown_payer(candidate, clues)
        candidate.duplicate = self._is_duplicate(candidate, movement)
        return candidate

    def _is_habitual(self, account: Account, movement: Movement) -> bool:
        """Says whether the account paid about the same amount a month or a quarter ago."""
        tolerance = movement.cents * self._config.short_percent // 100
        return any(
            abs(payment.cents - movement.cents) <= tolerance
            and self._config.duplicate_days < abs(movement.booked_on - payment.booked_on)
            and abs(movement.booked_on - payment.booked_on) <= self._config.habit_days
            for payment in self._book.payments.get(account.index, ())
        )

    def _rule(self, movement: Movement, clue: AccountClues, choice: Choice | None) -> str:
        if clue.references:
            return REFERENCE
        if clue.coded:
            return CODE
        if clue.iban in ("own", "person"):
            return IBAN
        if clue.name.level >= NameLevel.ONE_WORD:
            return NAME_EXACT
        # A short code is as good as its amount.
        if clue.code and choice and choice.exact:
            return CODE
        if clue.name.level is NameLevel.FUZZY:
            return NAME_FUZZY
        if clue.iban == "shared":
            return SHARED_IBAN
        if choice and choice.fit is Fit.SINGLE and choice.first_due_on == movement.booked_on:
            return AMOUNT_DATE
        return NAME_PARTIAL if clue.name.level else AMOUNT

    # Dues and date

    def _add(self, candidate: Candidate, criterion: str, weight: str, words: str) -> None:
        candidate.criteria.append(Criterion(criterion, self._config.weights[weight], words))

    def _weigh_dues(self, candidate: Candidate, movement: Movement) -> None:
        choice = candidate.choice
        if choice is None:
            return
        self._add(candidate, "amount", f"fit_{choice.fit}", choice.words)
        if choice.instructed:
            self._add(candidate, "instruction", "instruction", choice.instructed)
        days = movement.booked_on - choice.first_due_on
        due_on = day_words(choice.first_due_on)
        if days == 0:
            self._add(
                candidate, "date", "date_exact", f"reçu à la date même de l'échéance, {due_on}"
            )
        elif -self._config.early_days <= days <= self._config.amount_days:
            when = f"{days} jours après" if days > 0 else f"{-days} jours avant"
            self._add(candidate, "date", "date_near", f"{when} l'échéance du {due_on}")
        else:
            self._add(candidate, "date", "date_far", f"loin de l'échéance du {due_on}")
        if not choice.exact:
            candidate.differs.append(self._difference(choice, movement))

    def _difference(self, choice: Choice, movement: Movement) -> str:
        asked = sum(due.left_cents for due, _ in choice.parts)
        verb = "reçus" if movement.sign > 0 else "versés"
        if choice.fit is Fit.AMBIGUOUS:
            return choice.words
        return (
            f"montant : {french_euros(movement.cents)} {verb} pour {french_euros(asked)} attendus"
        )

    def _is_duplicate(self, candidate: Candidate, movement: Movement) -> bool:
        """Says whether the account settled the same amount a few days ago and owes nothing like it.

        A payment of a coming due counts as early only when nothing speaks for a double one.
        """
        choice = candidate.choice
        if choice is not None:
            if choice.instructed and choice.exact:
                return False
            ahead = choice.first_due_on - movement.booked_on
            if choice.fit is not Fit.OVER and ahead <= self._config.soon_days:
                return False
        return any(
            payment.cents == movement.cents
            and payment.movement_item_id != movement.item_id
            and abs(payment.booked_on - movement.booked_on) <= self._config.duplicate_days
            for account in candidate.accounts
            for payment in self._book.payments.get(account, ())
        )

    # Several accounts, no account

    def _together(
        self, movement: Movement, clues: MovementClues, candidates: list[Candidate]
    ) -> Candidate | None:
        """Returns one person's accounts (or all those that the label names) as one candidate.

        Only when the amount is what they ask for together and no one of them alone.
        """
        if len(candidates) < 2:
            return None
        coded = [c for c in candidates if clues.accounts[c.accounts[0]].coded]
        if len(coded) > 1:
            members, rule = coded, CODE
        else:
            members, rule = self._of_one_person(clues, candidates)
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
        ids = ", ".join(self._book.accounts[a].account_id for a in accounts)
        kept = {"reference", "code", "iban", "name", "lot", "other_iban"}
        candidate.criteria = [c for c in strongest.criteria if c.criterion in kept]
        candidate.criteria.append(Criterion("accounts", 0.0, f"plusieurs comptes : {ids}"))
        self._weigh_dues(candidate, movement)
        if rule == CODE:
            candidate.objections = [o for o in strongest.objections if "désigne" not in o]
        else:
            candidate.objections = list(strongest.objections)
            if rule != IBAN:
                candidate.objections.append("plusieurs comptes du même nom")
        return candidate

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
        groups = self.same_amount(movement, on_the_day=False)
        best: dict[int, tuple[OpenDue, ...]] = {}
        for group in sorted(groups, key=lambda g: _closeness(movement, g)):
            best.setdefault(group[0].account, group)
        candidates = []
        for account, group in best.items():
            if account in clues.accounts:
                continue
            fit = Fit.SINGLE if len(group) == 1 else Fit.SAME_DATE
            choice = choose_dues(
                group,
                amount_cents=movement.cents,
                booked_on=movement.booked_on,
                config=self._config,
            )
            if choice is None or not choice.exact:
                continue
            on_the_day = fit is Fit.SINGLE and group[0].due_on == movement.booked_on
            candidate = Candidate((account,), AMOUNT_DATE if on_the_day else AMOUNT, choice)
            self._weigh_dues(candidate, movement)
            if len(best) > 1:
                words = f"{len(best)} comptes de l'immeuble ont ce montant à payer"
                weight = -round(math.log(len(best)), 3)
                candidate.criteria.append(Criterion("rivals", weight, words))
            if clues.stray_name:
                self._identity.add_unknown_payer(candidate, clues)
            else:
                candidate.differs.append("rien n'identifie le payeur")
            candidates.append(candidate)
        return candidates


def _closeness(movement: Movement, group: tuple[OpenDue, ...]) -> tuple[int, int, int]:
    first = group[0]
    return (abs(first.due_on - movement.booked_on), len(group), first.index)


def _order(candidate: Candidate) -> tuple[float, int, tuple[int, ...]]:
    # At equal scores the closer amount, then the identifier: never the order of rows.
    return (-candidate.score, not candidate.exact, candidate.accounts)
