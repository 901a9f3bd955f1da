"""The form that adds a due which does not exist yet (DOMAIN D3)."""

from collections.abc import Callable, Mapping
from typing import Final

from workbench.documents.html import el
from workbench.domain.dates import DateError, french_date, parse_date
from workbench.domain.errors import ParameterError
from workbench.domain.money import AmountError, parse_amount
from workbench.domain.records import BuildingKind, DueKind
from workbench.pipeline.due_words import KIND_WORDS
from workbench.pipeline.entering import OWED_BACK, DueWanted
from workbench.pipeline.two_sides import TwoSides
from workbench.widgets.form import Form, FormField
from workbench.widgets.parts import block, box

_RENTAL: Final = (
    DueKind.RENT, DueKind.CHARGES, DueKind.ADJUSTMENT, DueKind.DISCOUNT, DueKind.REFUND,
    DueKind.FEE, DueKind.DEPOSIT, DueKind.OTHER,
)  # fmt: skip
_COOWNERSHIP: Final = (
    DueKind.CALL, DueKind.WORKS_CALL, DueKind.CHARGES, DueKind.ADJUSTMENT, DueKind.DISCOUNT,
    DueKind.REFUND, DueKind.FEE, DueKind.OTHER,
)  # fmt: skip
_HINT: Final = (
    "Dû par le compte\u00a0: ira à droite. Une remise ou un remboursement dû ira à gauche."
)


class DueForm:
    """A nature, a label, a date, an amount; and whose, where several accounts are shown.

    Attributes:
        widget: what to display.
        form: its fields: `kind`, `label`, `due_on`, `amount`, `account`, `why`.
    """

    def __init__(
        self,
        *,
        on_add: Callable[[DueWanted], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Builds the form.

        Args:
            on_add: called with what was asked for.
            guard: runs the button's action and shows its error in place.
        """
        self._on_add = on_add
        self.form = Form(
            (), words="Ajouter et cocher", on_submit=self._add, hint=_HINT, guard=guard
        )
        title = el(
            "div", el("h2", "Ajouter une échéance"), el("kbd", "E", cls="wb-key"),
            cls="wb-panel-title",
        )  # fmt: skip
        self.widget = box(block(title), self.form, cls=("wb-due-form",))

    def show(self, data: TwoSides) -> None:
        """Shows the natures and accounts that fit; what was typed stays."""
        is_rental = data.building_kind == BuildingKind.RENTAL
        kinds = tuple(
            (KIND_WORDS[kind], kind.value) for kind in (_RENTAL if is_rental else _COOWNERSHIP)
        )
        accounts = tuple(
            (f"{holder.code} {holder.holder}".strip(), holder.account_id) for holder in data.holders
        )
        self.form.describe(
            (
                FormField(name="kind", label="Nature", options=kinds, cls="wb-due-kind"),
                FormField(
                    name="label", label="Libellé", placeholder="Ce que le titulaire lira",
                    cls="wb-due-label",
                ),
                FormField(
                    name="due_on", label="Échue le", placeholder="JJ/MM/AAAA",
                    value=french_date(data.as_of), cls="wb-due-on",
                ),
                FormField(
                    name="amount", label="Montant (€)", placeholder="0,00", cls="wb-due-amount"
                ),
                FormField(
                    name="account", label="Compte", options=accounts, hidden=len(accounts) < 2,
                    cls="wb-due-account",
                ),
                FormField(
                    name="why", label="Motif des frais", cls="wb-due-why", hidden=not is_rental,
                    only=("kind", DueKind.FEE.value) if is_rental else None,
                    placeholder="Pourquoi la loi de 1989 les permet ici",
                ),
            )
        )  # fmt: skip

    def focus(self) -> None:
        """Moves the focus to the amount."""
        self.form.focus("amount")

    def _add(self, told: Mapping[str, str]) -> None:
        try:
            cents = parse_amount(told["amount"])
        except AmountError as error:
            raise ParameterError(f"montant « {told['amount']} » : {error}") from None
        try:
            due_on = parse_date(told["due_on"])
        except DateError as error:
            raise ParameterError(f"date « {told['due_on']} » : {error}") from None
        # A discount is typed as people say it, « 50 », and is what we owe.
        owed_back = told["kind"] in OWED_BACK and cents > 0
        self._on_add(
            DueWanted(
                account_id=told["account"], kind=told["kind"],
                amount_cents=-cents if owed_back else cents, due_on=due_on,
                label=told["label"], override=told["why"],
            )
        )  # fmt: skip
        # The nature and the date are those of the next one.
        self.form.fill(label="", amount="", why="")
