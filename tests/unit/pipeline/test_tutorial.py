"""The tutorial's three exercises give what its text says, to the cent."""

from decimal import Decimal

import pytest

from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.ledger import verification
from workbench.pipeline.tutorial import Tutorial


def test_the_three_exercises_leave_only_the_rent_to_come() -> None:
    office = Tutorial()
    assert len(office.dues()) == 8
    for row in ("D5", "D6", "D7"):
        assert all(outcome.done for outcome in office.solve(row))
    left = office.dues()
    assert left[["due_id", "open_eur"]].values.tolist() == [["L-décembre", Decimal("860.52")]]
    links = office.links()
    assert links["amount_eur"].tolist() == [
        *[Decimal("18.52")] * 6, Decimal("50.00"), Decimal("810.52"), Decimal("180.00"),
    ]  # fmt: skip
    assert (links["against_due_id"] != "").tolist() == [False] * 6 + [True, False, False]
    with office.opened() as ledger:
        assert list(verification.broken_records(ledger)) == []
    with pytest.raises(DecisionRefusedError):
        office.solve("D5")
    with pytest.raises(ParameterError):
        office.solve("D8")
    office.close()
