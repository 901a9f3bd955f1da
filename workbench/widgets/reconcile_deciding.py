"""Deciding on a movement: which buttons there are, what each asks, and what is told afterwards.

Everything written is one function of the desk; the screen is told what became of the movement.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from workbench.documents.html import Html, el, join
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.pipeline.case import Case
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.desk import Desk
from workbench.pipeline.entering import ASIDE_REASONS
from workbench.widgets.actions import Action, Actions, Question
from workbench.widgets.parts import Notice, block, box, notice
from workbench.widgets.reconcile_list import Settled
from workbench.widgets.reconcile_wording import (
    HINTS,
    UNDO_REASONS,
    reason,
    sentence,
    when,
)

_OWN_WORDS: Final = "ou en vos mots"


class Screen(Protocol):
    """What deciding needs of the screen around it."""

    def after(self, settled: Mapping[str, Settled]) -> None:
        """Reads what changed and shows it, everything in its place."""

    def go_on(self) -> None:
        """Looks at the next movement."""

    def look_again(self) -> None:
        """Looks at the same movement as it now is."""

    def allocate(self) -> None:
        """Opens the two sides."""


class Deciding:
    """The buttons under a case, the line that tells what was done, and what they do.

    Attributes:
        actions: the buttons, or a question in their place.
        notice: where errors are told.
        said: what was done, or the keys.
        line: notice and said, in one place.
        undoable: what Z takes back, and what that is about; two "" for nothing.
    """

    def __init__(self, desk: Desk, screen: Screen, *, actor: str) -> None:
        """Makes the buttons; the screen says when to show them.

        Args:
            desk: where one stands.
            screen: what is around.
            actor: who works: he is "vous".
        """
        self._desk, self._screen, self._actor = desk, screen, actor
        self.notice = Notice()
        self.said = block(cls=("wb-said",))
        self.line = box(self.notice, self.said, cls=("wb-line",))
        self.actions = Actions(label="Décider", on_press=self._press, guard=self.guard)
        self.undoable: tuple[str, str] = ("", "")

    def guard(self, action: Callable[[], None]) -> None:
        """Runs an action; what it says stays, what went wrong is told in place."""
        self.notice.watch(action)

    def say(self, words: Html | None) -> None:
        """Tells what was done, or the keys, where an error would stand."""
        self.notice.clear()
        self.said.value = (words or HINTS).markup

    def show(self, *, subject: str) -> None:
        """Shows what can be done about what is looked at.

        Args:
            subject: what a press is for; one made on another subject does nothing.
        """
        desk, case = self._desk, self._desk.case
        checks = case is not None and bool(case.link_id)
        is_open = case is not None and bool(case.open_cents)
        single = desk.proposed is not None and len(desk.proposed.account_ids) == 1
        money_in = case is not None and case.amount_cents > 0
        can_accept = checks or (is_open and desk.proposed is not None and bool(desk.plan))
        proposed = desk.proposed is not None and bool(desk.proposed.proposal_id)
        self.actions.show(
            [
                Action(name="accept", words="Juste" if checks else "Accepter", key="Entrée",
                       primary=True, disabled=not can_accept),
                Action(name="reject", words="Faux" if checks else "Rejeter", key="R",
                       disabled=not (checks or (is_open and proposed))),
                Action(name="allocate", words="Répartir", key="T", disabled=not is_open),
                Action(name="on_account", words="Mettre en compte", key="P",
                       disabled=not (is_open and single and money_in)),
                Action(name="aside", words="Écarter", key="I", disabled=not is_open),
                Action(name="undo", words="Annuler", key="Z", quiet=True,
                       disabled=not self.undoable[0]),
            ],
            subject=subject,
        )  # fmt: skip

    def presser(self, name: str) -> Callable[[], None]:
        """Returns what the key of a button does: nothing while something is asked."""
        return lambda: None if self.actions.asking else self.actions.press(name)

    def ask_undo(self, identifier: str, about: str) -> None:
        """Asks why something is taken back, then takes it back.

        Args:
            identifier: as `deciding.undo` takes it.
            about: what it is, for the question.
        """
        if identifier:
            self._ask(
                f"Annuler «\u00a0{about}\u00a0»\u00a0: pourquoi\u00a0?", "Annuler cette décision",
                UNDO_REASONS, _OWN_WORDS,
                lambda name, text: self._undo(identifier, reason(name, text)),
            )  # fmt: skip

    def tell_who(self, case: Case, *, refused: str = "") -> None:
        """Says who settled a movement; Z takes that back.

        Args:
            case: the movement as it now is.
            refused: why a decision was not written; "" where none was tried.
        """
        found = None if case.open_cents else self._desk.decided_meanwhile()
        if found is None:
            if refused:
                self.notice.tell(notice("Refusé.", sentence(refused)))
            return
        accounts = sorted({link.account_id for link in case.links} - {""})
        on = f" sur le compte {', '.join(accounts)}" if accounts else ""
        who = "Vous avez" if found.actor == self._actor else f"{found.actor} a"
        told = f"{who} rapproché ce mouvement {when(found.at)}{on}."
        if refused:
            self.notice.tell(notice("Déjà décidé.", f"{told} Rien n’a été écrit."))
        else:
            self.said.value = el("span", told).markup
        self.undoable = (case.links[0].link_id if case.links else case.movement_id, case.payer)

    # --- the buttons

    def _press(self, name: str) -> None:
        actions: dict[str, Callable[[], None]] = {
            "accept": self._accept, "reject": self._reject, "aside": self._ask_aside,
            "on_account": lambda: self._decide(self._desk.put_on_account, "mis en compte"),
            "undo": lambda: self.ask_undo(*self.undoable), "allocate": self._screen.allocate,
        }  # fmt: skip
        actions[name]()

    def _accept(self) -> None:
        words = "jugé juste" if self._desk.case and self._desk.case.link_id else "accepté"
        self._decide(self._desk.accept, words)

    def _reject(self) -> None:
        if self._desk.case is None or not self._desk.case.link_id:
            self._decide(self._desk.reject, "rejeté", stays=True)
            return
        self._ask(
            "Pourquoi ce lien est-il faux\u00a0?", "Annuler le lien", UNDO_REASONS, _OWN_WORDS,
            lambda name, text: self._decide(
                lambda: self._desk.judge_wrong(reason(name, text)), "jugé faux"
            ),
        )  # fmt: skip

    def _ask_aside(self) -> None:
        self._ask(
            "Pourquoi l’écarter\u00a0?", "Écarter", tuple(ASIDE_REASONS.items()), "précision",
            lambda name, text: self._decide(
                lambda: self._desk.set_aside(name or "other", text), "écarté"
            ),
        )  # fmt: skip

    def _ask(
        self,
        words: str,
        confirm: str,
        choices: tuple[tuple[str, str], ...],
        placeholder: str,
        on_answer: Callable[[str, str], None],
    ) -> None:
        self.say(el("strong", words))
        question = Question(words=words, confirm=confirm, choices=choices, placeholder=placeholder)
        self.actions.ask(question, on_answer)

    def _undo(self, identifier: str, why: str) -> None:
        outcome = self._desk.undo(identifier, why)
        self.undoable = ("", "")
        self._screen.after({})
        self._screen.look_again()
        self.say(join(el("strong", "Annulé."), f" {sentence(outcome.words)}"))

    def _decide(self, decide: Callable[[], Outcome], words: str, *, stays: bool = False) -> None:
        """Decides, then goes on to the next movement, which comes by itself.

        Args:
            decide: writes the decision.
            words: what became of the movement, for its row.
            stays: the movement is still to reconcile afterwards.
        """
        case, proposed = self._desk.case, self._desk.proposed
        if case is None:
            return
        try:
            outcome = decide()
        except (DecisionRefusedError, ParameterError) as error:
            self._refused(error)
            return
        about = case.payer or case.label
        undo_id = outcome.allocation_ids[0] if outcome.allocation_ids else case.movement_id
        self.undoable = ("", "") if case.link_id else (undo_id, f"{about}, {words}")
        on = f" · {proposed.code}" if proposed and proposed.code and not stays else ""
        glyph = "–" if words == "écarté" else "●"
        self._screen.after({case.movement_id: Settled(glyph, f"{words}{on}")})
        if stays:
            self._screen.look_again()
        else:
            self._screen.go_on()
        self.say(join(el("strong", f"{about}\u00a0:"), f" {sentence(outcome.words)}"))

    def _refused(self, error: DecisionRefusedError | ParameterError) -> None:
        """Says in place why nothing was written; the list shows what others did meanwhile."""
        self._screen.after({})
        self._screen.look_again()
        case = self._desk.case
        if case is not None:
            self.tell_who(case, refused=str(error))
