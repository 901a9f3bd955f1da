"""What an auditor asks of the ledger, one call a question: rows, a picture, how it was got.

    registre = open_ledger(read_only=True)
    exploration = explore(registre, as_of=date(2026, 10, 31), building_id="C001")
    exploration.monetary_sample(size=30, seed=7)

Every answer is a `WorkingPaper`: Jupyter shows it, `.frame` is the whole table to go on with,
`.save("tirage.xlsx")` keeps it with its method. Money is signed int64 cents (`*_cents`);
`domain.frames.in_euros` gives a copy in exact euros. The plain tables are `ledger.views`.

Nothing here accuses anybody: each answer is a list of questions to ask. Nothing is written.
Source: ISA 240, ISA 530; issue 5.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

import pandas as pd

from workbench.documents import audit_papers as papers
from workbench.documents import audit_samples
from workbench.documents.html import french_count
from workbench.documents.working_paper import WorkingPaper
from workbench.domain.dates import DateError, Period, french_date
from workbench.domain.errors import ParameterError
from workbench.domain.money import french_euros
from workbench.domain.records import AllocationState
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.reports import audit

DEFAULT_SIZE: Final = 30
DEFAULT_SEED: Final = 1
_MANY: Final = "tout le portefeuille"


def explore(ledger: Ledger, *, as_of: date, building_id: str = "") -> "Exploration":
    """Returns the questions on a ledger.

    Args:
        ledger: opened, read-only is enough; stays open for as long as one asks.
        as_of: business date; what was booked or due later is left out.
        building_id: one building; "" for the portfolio.

    Raises:
        ParameterError: no such building.
    """
    place = _MANY
    if building_id:
        found = views.buildings(ledger, building_id=building_id)
        if found.empty:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        place = str(found["name"].iloc[0])
    return Exploration(ledger, as_of=as_of, building_id=building_id, place=place)


class Exploration:
    """The questions; made by `explore`. Each reads the ledger anew."""

    def __init__(self, ledger: Ledger, *, as_of: date, building_id: str, place: str) -> None:
        """Keeps where and when; see `explore`.

        Args:
            ledger: opened.
            as_of: business date.
            building_id: "" for all.
            place: name of the building, or words for all of them.
        """
        self._ledger = ledger
        self._building_id = building_id or None
        self.as_of = as_of
        self.place = place

    def random_sample(
        self, of: str = "movements", *, size: int = DEFAULT_SIZE, seed: int = DEFAULT_SEED,
        period: str = "",
    ) -> WorkingPaper:  # fmt: skip
        """Draws rows, each with the same chance; the same seed draws the same rows.

        Args:
            of: `movements`, `dues` or `allocations` (links that stand).
            size: how many; all of them where there are fewer.
            seed: a number to note in the working papers.
            period: `2026-10` for one month (of booking, of the due date, of the link's date); ""
                for everything up to the business date.

        Returns:
            Columns of `views.movements`, `views.dues` or `views.allocations`, in the order of the
            identifier. `amount_cents` is signed as there: movements + in, - out; dues + owed to us,
            - owed by us; links positive.

        Raises:
            ParameterError: no such table or month, a size below one.

        Source: ISA 530, appendix 4.
        """
        population, key = self._population(of, period)
        drawn = audit.random_sample(population, key=key, size=size, seed=seed)
        facts = (
            ("Population", self._counted(population)),
            ("Tirage", f"aléatoire simple, {french_count(len(drawn))} lignes, graine {seed}"),
        )
        return audit_samples.sample(
            drawn, population, of=of, facts=facts, subtitle=self._subtitle(period), by_amount=False
        )

    def monetary_sample(
        self, of: str = "movements", *, size: int = DEFAULT_SIZE, seed: int = DEFAULT_SEED,
        period: str = "",
    ) -> WorkingPaper:  # fmt: skip
        """Draws cents, not rows: twice the amount, twice the chance; large rows are always in.

        Args:
            of: `movements`, `dues` or `allocations` (links that stand).
            size: how many cents are drawn; rows of several hits make fewer rows.
            seed: a number to note in the working papers.
            period: `2026-10` for one month; "" for everything up to the business date.

        Returns:
            Columns as `random_sample`, with `hits` (cents drawn in the row, >= 1) and
            `interval_cents` (what each hit stands for, > 0). In the order of the identifier.

        Raises:
            ParameterError: no such table or month, a size below one.

        Source: ISA 530, appendix 4 (value-weighted selection).
        """
        population, key = self._population(of, period)
        drawn = audit.monetary_unit_sample(
            population, key=key, amount="amount_cents", size=size, seed=seed
        )
        interval = int(drawn["interval_cents"].iloc[0]) if len(drawn) else 0
        facts = (
            ("Population", self._counted(population)),
            ("Tirage", (f"par unité monétaire, {french_count(size)} tirages, graine {seed}, "
                       f"intervalle {french_euros(interval)}")),
        )  # fmt: skip
        return audit_samples.sample(
            drawn, population, of=of, facts=facts, subtitle=self._subtitle(period), by_amount=True
        )

    def cut_off(self, *, period: str = "", days: int = 15) -> WorkingPaper:
        """Lists the money around a period's end that settles the other side of it.

        Args:
            period: month whose end is looked at; "" for the last one that ended by the business
                date.
            days: how far before and after to look.

        Returns:
            `booked_on`, `movement_id`, `label`, `account_id`, `due_id`, `due_on`, `amount_cents`
            (> 0), `side` (`paid_ahead`: money of the period, due after it; `paid_late`: money after
            it, due in it). By booking date, movement and due.

        Raises:
            ParameterError: no such month.
        """
        end = _month(period).last_day if period else self._last_month_end()
        found = audit.cut_off(
            self._read(views.allocations), self._movements(), self._read(views.dues),
            period_end=end, days=days,
        )  # fmt: skip
        return papers.cut_off(found, place=self.place, end=end, days=days)

    def equal_payments(self, *, days: int = 10) -> WorkingPaper:
        """Lists payments that look like an earlier one: same bank account, amount and other party.

        Args:
            days: how far apart two of them may be.

        Returns:
            `iban`, `amount_cents` (signed: + in, - out), `who` (IBAN, else name or label),
            `party` (name, else label), `first_on`, `first_id`, `again_on`, `again_id`, `days`
            (between them). Latest first.
        """
        found = audit.equal_payments(self._movements(), days=days)
        return papers.equal_payments(found, subtitle=self._subtitle(), days=days)

    def iban_changes(self) -> WorkingPaper:
        """Lists accounts whose money began to come from, or to go to, another IBAN.

        Returns:
            `account_id`, `holder`, `kind` (coowner | tenant | supplier), `changed_on`,
            `movement_id`, `old_iban`, `new_iban`, `amount_cents` (signed, of that movement: + in,
            - out), `is_known` (the office has the new IBAN on the account). Suppliers first, then
            latest first.
        """
        found = audit.iban_changes(
            self._read(views.allocations), self._movements(), self._read(views.accounts)
        )
        return papers.iban_changes(found, subtitle=self._subtitle(), as_of=self.as_of)

    def decisions_by_person(self) -> WorkingPaper:
        """Counts what each person decided by hand, over the whole ledger up to now.

        Returns:
            `actor`, `action`, `decisions`, `first_on`, `last_on` (dates), `out_of_hours` (before 7,
            after 20 UTC, or on a week end). By actor, then the most frequent action.

        Source: ISA 240.33.
        """
        found = audit.decisions_by_person(views.journal(self._ledger))
        return papers.decisions_by_person(found)

    def statement_gaps(self) -> WorkingPaper:
        """Lists the numbers missing between a bank account's statements.

        Returns:
            `iban`, `after_number`, `before_number`, `missing` (how many), `after_on`, `before_on`.
            By IBAN and date.
        """
        statements = self._read(views.statements)
        statements = statements[statements["closed_on"] <= pd.Timestamp(self.as_of)]
        gaps = audit.statement_gaps(statements)
        return papers.statement_gaps(gaps, statements, subtitle=self._subtitle())

    def aged_suspense(self) -> WorkingPaper:
        """Ages the money that is in the bank and on nobody's account.

        Returns:
            `bucket` (`0_30` … `over_365`, youngest first, empty ones too), `movements` (count),
            `in_cents` (>= 0), `out_cents` (<= 0).

        Source: LAW L8.
        """
        found = audit.aged_suspense(self._movements(), as_of=self.as_of)
        return papers.aged_suspense(found, subtitle=self._subtitle())

    def suspense(self) -> WorkingPaper:
        """Lists that money, movement by movement.

        Returns:
            Columns of `views.movements` with `age_days` (>= 0); `open_cents` is what waits (signed:
            + in, - out). The oldest first, then the largest.
        """
        waits = self._movements()
        waits = waits[(waits["open_cents"] != 0) & (waits["status"] != "ignored")]
        age = (pd.Timestamp(self.as_of) - waits["booked_on"]).dt.days.astype("int64")
        found = waits.assign(age_days=age, size=waits["open_cents"].abs())
        found = found.sort_values(
            ["age_days", "size", "movement_id"], ascending=[False, False, True], ignore_index=True
        ).drop(columns="size")
        return papers.suspense(found, subtitle=self._subtitle())

    def _read(self, view: Callable[..., pd.DataFrame]) -> pd.DataFrame:
        return view(self._ledger, building_id=self._building_id)

    def _movements(self) -> pd.DataFrame:
        frame = self._read(views.movements)
        return frame[frame["booked_on"] <= pd.Timestamp(self.as_of)].reset_index(drop=True)

    def _population(self, of: str, period: str) -> tuple[pd.DataFrame, str]:
        """Returns the rows to draw from and the column that names one."""
        known = {
            "movements": (views.movements, "movement_id", "booked_on"),
            "dues": (views.dues, "due_id", "due_on"),
            "allocations": (views.allocations, "allocation_id", "effective_on"),
        }
        if of not in known:
            raise ParameterError(f"« {of} » ne se tire pas : au choix {', '.join(known)}")
        view, key, day = known[of]
        frame = self._read(view)
        if of == "allocations":
            frame = frame[frame["state"] == AllocationState.ACCEPTED]
        frame = frame[frame[day] <= pd.Timestamp(self.as_of)]
        if period:
            month = _month(period)
            first, last = pd.Timestamp(month.first_day), pd.Timestamp(month.last_day)
            frame = frame[frame[day].between(first, last)]
        return frame.reset_index(drop=True), key

    def _counted(self, population: pd.DataFrame) -> str:
        total = int(population["amount_cents"].abs().sum())
        return f"{french_count(len(population))} lignes, {french_euros(total)} en valeur absolue"

    def _subtitle(self, period: str = "") -> str:
        when = _month(period).french() if period else f"jusqu’au {french_date(self.as_of)}"
        return f"{self.place}, {when}, en €"

    def _last_month_end(self) -> date:
        month = Period.of(self.as_of)
        return month.last_day if self.as_of == month.last_day else month.plus(-1).last_day


def _month(text: str) -> Period:
    try:
        return Period.parse(text)
    except DateError as error:
        raise ParameterError(f"« {text} » : {error}") from None
