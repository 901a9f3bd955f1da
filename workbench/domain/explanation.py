"""Why a link was made or proposed, read back from the `reasons` the engine wrote.

The text is the engine's, but it quotes labels and names, and a ledger outlives many versions of
the program: what cannot be read is left out, never an error. Whoever shows it escapes it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One criterion.

    Attributes:
        criterion: its code, such as `name`.
        weight: log-odds, + for the account and - against it.
        words: French.
    """

    criterion: str
    weight: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The reasons of one link or proposal.

    Attributes:
        reasons: in the order they were weighed.
        dues: French, why these dues.
        differs: French, what differs from what was expected, "" when nothing does.
        runner_up: account that came second, "" when there was none.
        why_not: French, what the runner-up lacks.
        sentence: French, the whole of it in one sentence.
        rule_version: version of the engine's rules, "" for a person's link.
    """

    reasons: tuple[Reason, ...] = ()
    dues: str = ""
    differs: str = ""
    runner_up: str = ""
    why_not: str = ""
    sentence: str = ""
    rule_version: str = ""

    @classmethod
    def parse(cls, text: str) -> "Explanation":
        """Reads the `reasons` of a link; nothing of what has another form."""
        try:
            data = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(data, dict):
            return cls()
        second = data.get("runner_up")
        runner_up = second if isinstance(second, dict) else {}
        criteria = data.get("criteria")
        found = [_reason(each) for each in criteria] if isinstance(criteria, list) else []
        return cls(
            reasons=tuple(reason for reason in found if reason is not None),
            dues=_text(data, "dues"),
            differs=_text(data, "differs"),
            runner_up=_text(runner_up, "account_id"),
            why_not=_text(runner_up, "words"),
            sentence=_text(data, "sentence"),
            rule_version=_text(data, "rule_version"),
        )

    @property
    def supporting(self) -> frozenset[str]:
        """Codes of the criteria that spoke for the account."""
        return frozenset(reason.criterion for reason in self.reasons if reason.weight > 0)


def _reason(data: Any) -> Reason | None:  # noqa: ANN401 - anything JSON can hold
    if not isinstance(data, dict):
        return None
    weight = data.get("weight")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
        return None
    return Reason(_text(data, "criterion"), float(weight), _text(data, "words"))


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    return value if isinstance(value, str) else ""
