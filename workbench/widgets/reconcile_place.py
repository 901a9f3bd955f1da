"""The top of Rapprocher: which building and month, how far one is, who else works there."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import ipywidgets

from workbench.documents.html import el, french_count, join, masked_iban
from workbench.domain.dates import Period, french_date
from workbench.pipeline.reconciliation_queue import ReconciliationQueue
from workbench.widgets.parts import block, box, button
from workbench.widgets.reconcile_wording import month_words, progress_words, with_whom
from workbench.widgets.table import Empty

ALL_MONTHS: Final = ""
_KINDS: Final = {"coownership": "copropriété", "rental": "gérance"}
_MOST_NAMED: Final = 2


class PlaceBar:
    """Building, month and progress.

    Attributes:
        widget: what to display.
        building, period: the choices; a change by the hand is told, one by the program is not.
        refresh: reads everything again.
        head, progress: what is told.
    """

    def __init__(
        self,
        *,
        on_building: Callable[[], None],
        on_period: Callable[[], None],
        on_refresh: Callable[[], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Makes an empty bar.

        Args:
            on_building: called when another building is chosen.
            on_period: called when another month is chosen.
            on_refresh: called by the button.
            guard: runs each event and shows its error in place.
        """
        self._filling = False
        self.building = ipywidgets.Dropdown(options=[("–", "")])
        self.period = ipywidgets.Dropdown(options=[("–", ALL_MONTHS)])
        for choice, told in ((self.building, on_building), (self.period, on_period)):
            choice.add_class("wb-choose")
            choice.observe(self._teller(told, guard), names="value")
        self.refresh = button("Actualiser", lambda: guard(on_refresh))
        self.head = block(cls=("wb-bench-meta",))
        self.progress = block(cls=("wb-bench-progress",))
        title = block(el("h1", "Rapprocher", cls="wb-title"))
        self.widget = box(
            box(title, self.building, self.period, self.head, self.refresh, cls=("wb-head",)),
            self.progress, cls=("wb-top", "wb-bench-top"),
        )  # fmt: skip

    def _teller(
        self, told: Callable[[], None], guard: Callable[[Callable[[], None]], None]
    ) -> Callable[[Any], None]:
        return lambda _change: None if self._filling else guard(told)

    @property
    def building_id(self) -> str:
        """The chosen building."""
        return str(self.building.value)

    @property
    def month(self) -> str:
        """The chosen month, `2026-10`; "" for all."""
        return str(self.period.value)

    def offer_buildings(self, names: Sequence[tuple[str, str]], *, chosen: str) -> None:
        """Offers buildings: (name, identifier) of each; tells nobody."""
        self._fill(self.building, names, chosen)

    def offer_months(self, queue: ReconciliationQueue, *, chosen: str) -> None:
        """Offers the months with something to reconcile, and the chosen one; tells nobody."""
        counts = queue.counts
        months = sorted({*counts, *([chosen] if chosen else [])}, reverse=True)
        options = [(month_words(month, counts.get(month, 0)), month) for month in months]
        options.append((f"Tous les mois ({len(queue.rows)})", ALL_MONTHS))
        self._fill(self.period, options, chosen)

    def _fill(
        self, choice: ipywidgets.Dropdown, options: Sequence[tuple[str, str]], chosen: str
    ) -> None:
        self._filling = True
        try:
            choice.options = list(options)
            choice.value = chosen
        finally:
            self._filling = False

    def tell(self, queue: ReconciliationQueue, *, actor: str) -> None:
        """Shows how far one is, and who else works here."""
        last = f"relevés jusqu’au {french_date(queue.last_on)}" if queue.last_on else ""
        parts = [
            _KINDS.get(queue.kind, ""), f"{french_count(len(queue.accounts))} comptes",
            *(f"banque {masked_iban(iban)}" for iban in queue.ibans[:_MOST_NAMED]), last,
        ]  # fmt: skip
        company = with_whom(queue.colleagues[:_MOST_NAMED])
        self.head.value = join(
            el("span", " · ".join(filter(None, parts)), cls="wb-meta"),
            el("span", company, cls="wb-with") if company else None,
        ).markup
        self.progress.value = progress_words(queue.progress(actor=actor, period=self.month)).markup

    def nothing_left(self, queue: ReconciliationQueue, *, actor: str) -> Empty:
        """Returns what an empty list says: what is done, and the next step."""
        done = queue.progress(actor=actor, period=self.month)
        words = f"{french_count(done.total)} mouvements, rien ne reste à traiter."
        if not self.month:
            return Empty(title="Tout est rapproché pour cet immeuble.", text=words)
        other = self.next_month(queue)
        action = f"Voir {Period.parse(other).french()}" if other else ""
        title = f"Tout est rapproché pour {Period.parse(self.month).french()}."
        return Empty(title=title, text=words, action=action)

    def next_month(self, queue: ReconciliationQueue) -> str:
        """Returns the latest other month with something to reconcile, "" when there is none."""
        return next((month for month in queue.counts if month != self.month), "")
