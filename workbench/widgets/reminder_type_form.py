"""One type of reminder as a form: every field of its row, checked when read (DOMAIN B1 to B8).

An empty day, threshold or schedule follows the kind of building, as the contract has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ipywidgets

from workbench.documents.html import el
from workbench.domain.errors import ParameterError
from workbench.domain.money import AmountError, french_amount, parse_amount
from workbench.domain.policies import FORMAL_NOTICE, ReminderType, Schedule
from workbench.widgets.parts import block, box
from workbench.widgets.reminder_forms import field

PORTFOLIO: Final = ("Tous les immeubles", "")
MODES: Final = (
    ("prélèvement", "direct_debit"), ("virement", "transfer"), ("chèque", "cheque"),
    ("carte", "card"),
)  # fmt: skip
_SCHEDULES: Final = (
    ("selon l’immeuble", ""),
    ("après l’envoi de l’appel", str(Schedule.CALLS)),
    ("chaque mois", str(Schedule.MONTHLY)),
)
_VALIDATIONS: Final = (("d’elle-même", True), ("par une personne", False))
_STRICT: Final = (("plus de", True), ("au moins", False))


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A row of the configuration, and which of its values follow the kind of building.

    Attributes:
        entry: the row, completed.
        usual: names of `pipeline.reminder_settings.USUAL` that are left empty.
    """

    entry: ReminderType
    usual: frozenset[str] = frozenset()

    @property
    def row_id(self) -> str:
        """Tells it from the others: its type and building."""
        return f"{self.entry.type}/{self.entry.building_id}"


class TypeForm:
    """The fields of one type.

    Attributes:
        widget: what to display.
        name, order, building, schedule, day, strict, threshold: who gets it, and when.
        exclusions: one box a payment mode; unticked, the exclusion is lifted.
        text, fee, supplier, expense, auto_validate, validation: what it is, and what follows.
    """

    def __init__(self) -> None:
        self.name = ipywidgets.Text(placeholder="relance_2")
        self.order = ipywidgets.BoundedIntText(value=1, min=1, max=99)
        self.building = ipywidgets.Dropdown(options=[PORTFOLIO])
        self.schedule = ipywidgets.Dropdown(options=_SCHEDULES)
        self.day = ipywidgets.Text(placeholder="selon l’immeuble")
        self.strict = ipywidgets.Dropdown(options=_STRICT)
        self.threshold = ipywidgets.Text(placeholder="selon l’immeuble")
        self.exclusions = {
            mode: ipywidgets.Checkbox(description=words, indent=False) for words, mode in MODES
        }
        self.text = ipywidgets.Dropdown(options=[("celui du programme", "")])
        self.fee = ipywidgets.Text(placeholder="0,00")
        self.supplier = ipywidgets.Text()
        self.expense = ipywidgets.Text()
        self.auto_validate = ipywidgets.Checkbox(
            description="facture validée avec la lettre", indent=False
        )
        self.validation = ipywidgets.Dropdown(options=_VALIDATIONS)
        for tick in (*self.exclusions.values(), self.auto_validate):
            tick.add_class("wb-tick")
        self.widget = box(
            _line(field(self.name, "Type"), field(self.order, "Ordre", cls="wb-tiny"),
                  field(self.building, "Pour")),
            _line(field(self.schedule, "Calendrier"), field(self.day, "Jour", cls="wb-short")),
            _line(field(self.strict, "Dû", cls="wb-short"),
                  field(self.threshold, "Seuil (€)", cls="wb-short"),
                  field(self.validation, "Se valide")),
            _line(block(el("span", "Exclus s’ils paient par", cls="wb-label")),
                  *self.exclusions.values()),
            _line(field(self.text, "Texte", cls="wb-long")),
            _line(field(self.fee, "Frais (€)", cls="wb-short"),
                  field(self.supplier, "Compte fournisseur", cls="wb-account-no"),
                  field(self.expense, "de charge", cls="wb-account-no")),
            _line(self.auto_validate,
                  block(el("span", "Jamais de frais pour une relance simple en copropriété, ni pour"
                           " un locataire d’habitation.", cls="wb-sub"))),
            cls=("wb-type-form",),
        )  # fmt: skip

    def offer(self, *, buildings: Sequence[tuple[str, str]], texts: Sequence[str]) -> None:
        """Says which buildings and texts there are."""
        _options(self.building, [PORTFOLIO, *buildings])
        _options(self.text, [("celui du programme", ""), *((name, name) for name in texts)])

    def show(self, row: TypeRow, *, is_new: bool) -> None:
        """Shows a row; the name and building of one that exists do not change."""
        values, usual = row.entry, row.usual
        self.name.value, self.order.value = values.type, values.order
        self.name.disabled = not is_new
        known = [value for _words, value in self.building.options]
        self.building.value = values.building_id if values.building_id in known else ""
        self.building.disabled = not is_new
        self.schedule.value = "" if "schedule" in usual else str(values.schedule)
        self.day.value = "" if "day_of_month" in usual else str(values.day_of_month)
        self.strict.value = values.strict
        self.threshold.value = (
            "" if "threshold_cents" in usual else french_amount(values.threshold_cents)
        )
        for mode, tick in self.exclusions.items():
            tick.value = mode in values.exclusions
        texts = [value for _words, value in self.text.options]
        if values.text not in texts:
            self.text.options = [*self.text.options, (values.text, values.text)]
        self.text.value = values.text
        self.fee.value = french_amount(values.fee_cents) if values.fee_cents else ""
        self.supplier.value, self.expense.value = values.supplier_account, values.expense_account
        self.auto_validate.value = values.auto_validate
        self.validation.value = values.is_automatic

    def read(self) -> TypeRow:
        """Returns the row as it was typed.

        Raises:
            ParameterError: a field that cannot be, in French; `save_types` checks the rest.
        """
        name = str(self.name.value).strip()
        if not name:
            raise ParameterError("donner un nom au type")
        empty = {
            "schedule": not self.schedule.value,
            "day_of_month": not str(self.day.value).strip(),
            "threshold_cents": not str(self.threshold.value).strip(),
        }
        # Above or from the threshold goes with the threshold itself.
        empty["strict"] = empty["threshold_cents"]
        values = ReminderType(
            type=name,
            order=int(self.order.value),
            schedule=Schedule(self.schedule.value or Schedule.CALLS),
            day_of_month=5 if empty["day_of_month"] else self._day(),
            threshold_cents=_cents(self.threshold, "seuil"),
            strict=bool(self.strict.value),
            exclusions=frozenset(mode for mode, tick in self.exclusions.items() if tick.value),
            text=str(self.text.value),
            fee_cents=_cents(self.fee, "frais"),
            supplier_account=str(self.supplier.value).strip(),
            expense_account=str(self.expense.value).strip(),
            auto_validate=bool(self.auto_validate.value),
            is_automatic=bool(self.validation.value),
            building_id=str(self.building.value),
        )
        return TypeRow(values, frozenset(name for name, is_empty in empty.items() if is_empty))

    def _day(self) -> int:
        words = str(self.day.value).strip()
        if not words.isdigit() or not 1 <= int(words) <= 31:
            raise ParameterError(f"jour : « {words[:20]} » n’est pas un jour du mois (1 à 31)")
        return int(words)


def new_row(order: int) -> TypeRow:
    """Returns an empty row, after the others."""
    values = ReminderType(type="", order=order, schedule=Schedule.CALLS)
    return TypeRow(values, frozenset({"schedule", "day_of_month", "threshold_cents", "strict"}))


def usual_rows() -> list[TypeRow]:
    """Returns the contract's own types: what holds while the office configured nothing."""
    usual = frozenset({"schedule", "day_of_month", "threshold_cents", "strict"})
    return [
        TypeRow(ReminderType(type="simple", order=1, threshold_cents=100_00), usual),
        TypeRow(ReminderType(type=FORMAL_NOTICE, order=2), usual),
    ]


def _line(*fields: ipywidgets.Widget) -> ipywidgets.Box:
    return box(*fields, cls=("wb-form-line",))


def _options(choice: ipywidgets.Dropdown, options: list[tuple[str, str]]) -> None:
    chosen = choice.value
    choice.options = options
    choice.value = chosen if chosen in [value for _words, value in options] else ""


def _cents(typed: ipywidgets.Text, what: str) -> int:
    words = str(typed.value).strip()
    if not words:
        return 0
    try:
        return parse_amount(words)
    except AmountError as error:
        raise ParameterError(f"{what} : « {words[:40]} », {error}") from None
