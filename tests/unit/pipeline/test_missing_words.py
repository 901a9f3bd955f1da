"""What stands under a name in the list: the state, and what is missing, in a few words."""

import pytest

from workbench.domain.explanation import Explanation
from workbench.matching import classify, config
from workbench.pipeline.missing_words import Best, WorkState, is_close, missing


def best(**more: object) -> Best:
    fields: dict[str, object] = {
        "rule": config.NAME_EXACT, "amount_cents": 10_000, "asked_cents": 10_000,
        "close": 1, "explanation": Explanation(),
    }  # fmt: skip
    return Best(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proposal", "state", "words"),
    [
        (best(), WorkState.PROPOSED, "1 compte possible"),
        (best(explanation=Explanation(differs="IBAN nouveau ; autre")), WorkState.PROPOSED,
         "IBAN nouveau"),
        (best(close=2), WorkState.PROPOSED, "2 comptes possibles"),
        (best(rule=config.AMOUNT), WorkState.PROPOSED, "montant seul, payeur non identifié"),
        (best(asked_cents=10_001), WorkState.DIFFERENT, "0,01\u00a0€ de moins que dû"),
        (best(asked_cents=12_000, close=3), WorkState.DIFFERENT,
         "20,00\u00a0€ de moins que dû"),
        (best(amount_cents=9_999, asked_cents=9_999), WorkState.DIFFERENT,
         "0,01\u00a0€ de plus que dû"),
        (best(rule="return", amount_cents=1), WorkState.DIFFERENT, "échéance à rouvrir"),
    ],
)  # fmt: skip
def test_a_movement_with_a_proposal(proposal: Best, state: WorkState, words: str) -> None:
    assert missing(proposal, open_cents=10_000, is_partial=False, classified="") == (state, words)


@pytest.mark.parametrize(
    ("cents", "classified", "state", "words"),
    [
        (1, classify.UNKNOWN_PAYER, WorkState.TO_IDENTIFY, "payeur inconnu"),
        (-1, classify.UNKNOWN_PAYER, WorkState.TO_IDENTIFY, "bénéficiaire inconnu"),
        (1, classify.POSSIBLE_DUPLICATE, WorkState.DIFFERENT, "peut-être déjà payé"),
        (-1, "returned_debit", WorkState.DIFFERENT, "prélèvement rejeté"),
        (1, "", WorkState.TO_IDENTIFY, "à identifier"),
        (1, "of another version", WorkState.TO_IDENTIFY, "à identifier"),
    ],
)
def test_a_movement_without(cents: int, classified: str, state: WorkState, words: str) -> None:
    found = missing(None, open_cents=cents, is_partial=False, classified=classified)
    assert found == (state, words)


def test_a_part_that_is_settled_comes_before_everything() -> None:
    found = missing(best(close=5), open_cents=-26_280, is_partial=True, classified="")
    assert found == (WorkState.PARTIAL, "reste 262,80\u00a0€ à affecter")


def test_every_kind_the_engine_tells_has_words() -> None:
    kinds = {
        value
        for name, value in vars(classify).items()
        if name.isupper() and isinstance(value, str)
    } | classify.RETURNS  # fmt: skip
    kinds -= {classify.BANK_FEE, classify.UNKNOWN_BANK_ACCOUNT}
    for kind in kinds:
        words = missing(None, open_cents=1, is_partial=False, classified=kind)[1]
        assert words != "à identifier", kind


@pytest.mark.parametrize(("confidence", "expected"), [(0.65, True), (0.64, False)])
def test_which_account_is_nearly_as_good(confidence: float, expected: bool) -> None:
    assert is_close(confidence, 0.9) is expected
