"""The engine's reasons read back; what no engine wrote is left out."""

import json

import pytest

from workbench.domain.explanation import Explanation, Reason

CODE = {"criterion": "code", "weight": 9, "words": "code 101 dans le libellé"}
GOOD = {
    "rule_version": "1",
    "criteria": [CODE, {"criterion": "namesake", "weight": -2.0, "words": "un homonyme"}],
    "dues": "la seule", "differs": "", "runner_up": {"account_id": "102", "words": "n'a pas"},
    "sentence": "Voilà.",
}  # fmt: skip


def test_everything_is_read_back() -> None:
    found = Explanation.parse(json.dumps(GOOD))
    assert found.reasons == (
        Reason("code", 9.0, "code 101 dans le libellé"), Reason("namesake", -2.0, "un homonyme"),
    )  # fmt: skip
    assert (found.runner_up, found.why_not, found.sentence) == ("102", "n'a pas", "Voilà.")
    assert found.supporting == {"code"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "null", '{"criteria": 5}', '{"criteria": [5, null, [], {}]}',
     '{"criteria": [{"criterion": "x", "weight": "9"}]}', '{"runner_up": "102"}',
     '{"criteria": [{"criterion": "x", "weight": true}]}', '{"sentence": 5}',
     '{"criteria": [{"criterion": "x", "weight": NaN}]}'],
)  # fmt: skip
def test_another_form_is_left_out(text: str) -> None:
    assert Explanation.parse(text) == Explanation()


def test_what_can_be_read_is_kept() -> None:
    broken = GOOD | {"criteria": [CODE, "x"], "runner_up": None}
    found = Explanation.parse(json.dumps(broken))
    assert (len(found.reasons), found.runner_up, found.sentence) == (1, "", "Voilà.")
