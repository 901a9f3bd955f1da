"""Rapprocher: the auditor's bench. What is to settle on the left, why and how on the right.

The notebook calls `open_reconcile`; tests give `Reconcile` a session of their own. Every decision
is one function of the pipeline; here is only what is shown, and what comes next.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from workbench.documents.html import el
from workbench.domain.errors import ParameterError, WorkbenchError
from workbench.matching.sampling import class_words
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.desk import Desk
from workbench.pipeline.reconciliation_queue import ReconciliationQueue, month_of
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, block, box, is_hidden, mark
from workbench.widgets.reconcile_case import CaseView
from workbench.widgets.reconcile_deciding import Deciding
from workbench.widgets.reconcile_list import QueueList, Settled
from workbench.widgets.reconcile_more import ClassView, RecentView, help_panel
from workbench.widgets.reconcile_place import PlaceBar
from workbench.widgets.session import Session, open_session
from workbench.widgets.sides import SidesView


class Reconcile:
    """The screen.

    Attributes:
        widget: what to display.
        page, place, list, case, deciding, recent, together, help: its parts.
        sides: the two sides; None until they are asked for.
    """

    def __init__(self, session: Session, *, building_id: str = "", period: str = "") -> None:
        """Builds the screen and opens a building.

        Args:
            session: who works, on which ledger, on what day.
            building_id: the first one by name where "".
            period: `2026-10`; the business day's month where "".
        """
        self._session = session
        self._desk = Desk(
            reading=session.reading, writing=session.writing, actor=session.actor,
            now=session.now, as_of=session.as_of,
        )  # fmt: skip
        self._movement = ""
        self._proposal = 0
        self._sides_wrote = False
        self.sides: SidesView | None = None
        self.deciding = Deciding(self._desk, self, actor=session.actor)
        guard = self._guard = self.deciding.guard
        self.page = Page(on_escape=lambda: guard(self._escape), keys=self._keys())
        self.place = PlaceBar(
            on_building=lambda: self._open(month_of(session.as_of())), on_period=self._show_list,
            on_refresh=lambda: self._open(self.place.month), guard=guard,
        )  # fmt: skip
        self.list = QueueList(
            on_choose=self._choose, on_empty=self._on_empty_list, on_together=self._show_together,
            guard=guard,
        )  # fmt: skip
        self.case = CaseView(
            on_propose=self._propose, on_search=self._search, on_tick=self._tick,
            on_add=self._add_due, guard=guard,
        )  # fmt: skip
        self.recent = RecentView(on_undo=self.deciding.ask_undo, guard=guard)
        self.together = ClassView(
            on_accept=self._accept_together, on_back=self._leave_together, guard=guard
        )
        self._build()
        guard(lambda: self._arrive(building_id, period))

    def _build(self) -> None:
        self.help = block(help_panel(), cls=("wb-panel", "wb-help", HIDDEN))
        self._right = box(
            self.case.widget, self.deciding.actions, self.deciding.line, self.recent.widget,
            cls=("wb-bench-right",),
        )  # fmt: skip
        self._batch = box(self.together.widget, cls=("wb-bench-right", HIDDEN))
        left = box(self.list.widget, cls=("wb-bench-left",))
        self._bench = box(left, self._right, self._batch, cls=("wb-bench",))
        self._sides_place = box(cls=("wb-bench-sides", HIDDEN))
        self.widget = box(
            self.page, self.place.widget, self.help, self._bench, self._sides_place,
            cls=("wb-screen", "wb-reconcile"),
        )  # fmt: skip
        self.widget.layout.flex_flow = "column"

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.widget._repr_mimebundle_(**options)

    # --- what is looked at

    def _arrive(self, building_id: str, period: str) -> None:
        try:
            found = self._desk.buildings()
        except WorkbenchError as error:
            # Said where one looks: below, an empty bench would hide it.
            self.case.clear("Le registre ne s’ouvre pas.", str(error))
            raise
        names = [
            (str(name) or str(identifier), str(identifier))
            for identifier, name in zip(found["building_id"], found["name"], strict=True)
        ]
        if not names:
            raise ParameterError("ce registre n'a pas encore d'immeuble : importer d'abord")
        if building_id and building_id not in {identifier for _, identifier in names}:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        self.place.offer_buildings(names, chosen=building_id or names[0][1])
        self._open(period or month_of(self._session.as_of()))

    def _open(self, period: str) -> None:
        """Reads the building, and shows a month of it."""
        queue = self._desk.open(self.place.building_id)
        self.case.know(queue.accounts)
        self.place.offer_months(queue, chosen=period)
        self._show_list()

    def _show_list(self) -> None:
        """Shows the list anew, and its first movement."""
        queue = self._queue
        self.list.show(
            queue, period=self.place.month,
            empty=self.place.nothing_left(queue, actor=self._session.actor),
        )  # fmt: skip
        self._leave_together()
        self._tell_around()
        self._go_to(self.list.next_after(""))

    def _on_empty_list(self) -> None:
        if self.list.is_filtered:
            self.list.clear_filters()
        elif month := self.place.next_month(self._queue):
            self.place.period.value = month

    def _choose(self, movement_id: str) -> None:
        """Looks at a movement of the list."""
        self.deciding.actions.give_up()
        self.deciding.say(None)
        self._movement = movement_id
        self._proposal = 0
        case = self._desk.choose(self.list.facts_of(movement_id))
        self.case.show_case(case)
        if not case.open_cents and not case.link_id:
            self.deciding.tell_who(case)
        self._show_account()

    def _go_to(self, movement_id: str) -> None:
        self.list.table.choose(movement_id)
        if movement_id:
            self._choose(movement_id)
            return
        self._movement = ""
        self._desk.leave()
        empty = self.place.nothing_left(self._queue, actor=self._session.actor)
        self.case.clear(empty.title, empty.text)
        self.deciding.say(None)
        self._show_actions()

    def _propose(self, place: int) -> None:
        self._desk.propose(place)
        self._proposal = place
        self._show_account()

    def _search(self, account_id: str) -> None:
        self._desk.search(account_id)
        self._proposal = -1
        self._show_account()

    def _tick(self, item_id: int, on: bool) -> None:  # noqa: FBT001 - an event's own form
        self._desk.tick(item_id, on=on)
        self._show_plan()

    def _show_account(self) -> None:
        desk = self._desk
        if desk.case is not None:
            self.case.show_account(
                desk.case, desk.proposed, place=self._proposal, can_tick=desk.can_tick
            )
            self._show_plan()

    def _show_plan(self) -> None:
        self.case.show_plan(self._desk.dues, self._desk.plan, self._desk.leaves())
        self._show_actions()

    def _show_actions(self) -> None:
        plan = sorted(self._desk.plan.items())
        subject = f"{self._movement}/{self._proposal}/{plan}"
        # The keys first: once the buttons are those of the movement, its keys are too.
        self.page.subject = subject
        self.deciding.show(subject=subject)

    # --- what deciding needs of the screen

    def after(self, settled: Mapping[str, Settled]) -> None:
        """Reads what changed and shows it, everything in its place."""
        self.list.update(self._desk.refresh(), settled)
        self._tell_around()

    def go_on(self) -> None:
        """Looks at the next movement."""
        self._go_to(self.list.next_after(self._movement))

    def look_again(self) -> None:
        """Looks at the same movement as it now is."""
        if self._movement:
            self._choose(self._movement)

    def allocate(self) -> None:
        """Opens the two sides of the account that is looked at; without one it is searched."""
        accounts = self._desk.proposed.account_ids if self._desk.proposed else ()
        if not accounts:
            self.case.start_search()
            self.deciding.say(el("strong", "Choisir d’abord un compte, puis Répartir."))
            return
        if self.sides is None:
            self.sides = SidesView(
                self._session, on_back=self._leave_sides, on_done=self._sides_done
            )
            self._sides_place.children = (self.sides.widget,)
        self.sides.open(accounts=accounts, movements=[self._movement])
        mark(self._bench, HIDDEN, on=True)
        mark(self._sides_place, HIDDEN, on=False)
        self.page.subject = f"sides/{self._movement}"
        self.page.listen(self.sides.keys)

    def _add_due(self) -> None:
        """Opens the two sides at the form for a due that does not exist yet (DOMAIN D3)."""
        if not self._movement:
            return
        self.allocate()
        if self.sides is not None and not is_hidden(self._sides_place):
            self.sides.keys["E"]()

    def _sides_done(self, _outcome: Outcome) -> None:
        self._sides_wrote = True

    def _leave_sides(self) -> None:
        """Comes back to the list; what was settled there is settled here."""
        mark(self._sides_place, HIDDEN, on=True)
        mark(self._bench, HIDDEN, on=False)
        self.page.listen(self._keys())
        wrote, self._sides_wrote = self._sides_wrote, False
        if wrote:
            self.after({self._movement: Settled("●", "réparti")})
        if wrote and not self._waits(self._movement):
            self.go_on()
        else:
            self.look_again()

    def _waits(self, movement_id: str) -> bool:
        return any(row["movement_id"] == movement_id for row in self._queue.rows.values())

    # --- several at once

    def _show_together(self) -> None:
        """Shows the proposals of each evidence class, to be accepted together."""
        month = self.place.month
        rules = {str(row["rule"]) for row in self._queue.rows.values()} - {""}
        classes = {rule: self._desk.together(rule, period=month) for rule in sorted(rules)}
        self.together.show(
            {class_words(rule): frame for rule, frame in classes.items() if len(frame)},
            self._queue.accounts,
        )
        mark(self._right, HIDDEN, on=True)
        mark(self._batch, HIDDEN, on=False)

    def _leave_together(self) -> None:
        mark(self._batch, HIDDEN, on=True)
        mark(self._right, HIDDEN, on=False)

    def _accept_together(self, rows: pd.DataFrame) -> None:
        outcomes = self._desk.accept_together(rows["proposal_id"].tolist())
        names = dict(zip(rows["movement_id"], rows["account_id"], strict=True))
        self._leave_together()
        self.after({name: Settled("●", f"accepté · {of}") for name, of in names.items()})
        self.go_on()
        count = sum(outcome.done for outcome in outcomes)
        self.deciding.say(el("strong", f"{count} propositions acceptées ensemble."))

    # --- around

    def _tell_around(self) -> None:
        actor = self._session.actor
        self.place.tell(self._queue, actor=actor)
        self.recent.show(self._desk.recent, actor=actor)

    def _keys(self) -> dict[str, Callable[[], None]]:
        press = {
            "Enter": "accept", "R": "reject", "T": "allocate", "P": "on_account", "I": "aside",
            "Z": "undo",
        }  # fmt: skip
        others: dict[str, Callable[[], None]] = {
            "C": self._start_search, "E": self._add_due, "?": self._toggle_help,
            "ArrowDown": lambda: self.list.table.step(1),
            "ArrowUp": lambda: self.list.table.step(-1),
        }  # fmt: skip
        others |= {str(n): self._proposer(n - 1) for n in range(1, 6)}
        keys = {key: self._presser(name) for key, name in press.items()}
        return keys | {key: self._guarded(action) for key, action in others.items()}

    def _presser(self, name: str) -> Callable[[], None]:
        """Returns what the key of a button does: nothing while an account is being searched."""
        press = self.deciding.presser(name)
        return lambda: None if self.case.searching else press()

    def _guarded(self, action: Callable[[], None]) -> Callable[[], None]:
        return lambda: self._guard(action)

    def _start_search(self) -> None:
        if self._movement:
            self.case.start_search()

    def _proposer(self, place: int) -> Callable[[], None]:
        def propose() -> None:
            case = self._desk.case
            if case is not None and place < len(case.proposals):
                self._propose(place)

        return propose

    def _toggle_help(self) -> None:
        mark(self.help, HIDDEN, on=not is_hidden(self.help))

    def _escape(self) -> None:
        """Goes back one step: the sides, a question, the help, a search, then the filters."""
        if not is_hidden(self._sides_place):
            self._leave_sides()
        elif self.deciding.actions.asking:
            self.deciding.actions.give_up()
            self.deciding.say(None)
        elif not is_hidden(self.help):
            self._toggle_help()
        elif not is_hidden(self._batch):
            self._leave_together()
        elif self.case.searching:
            self.case.end_search()
        elif self.list.is_filtered:
            self.list.clear_filters()

    @property
    def _queue(self) -> ReconciliationQueue:
        if self._desk.queue is None:
            raise ParameterError("aucun immeuble n'est ouvert")
        return self._desk.queue


def open_reconcile(building_id: str = "", *, period: str = "", as_of: str = "") -> Reconcile:
    """Opens the bench on the ledger of `WORKBENCH_LEDGER`.

    Args:
        building_id: the building; the first one by name where "".
        period: month, `2026-10`; the business day's where "".
        as_of: business day; "" takes `WORKBENCH_AS_OF`, else today.
    """
    return Reconcile(open_session(as_of=as_of), building_id=building_id, period=period)
