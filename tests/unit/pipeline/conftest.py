"""The small office, for the use cases."""

from collections.abc import Iterator

import pytest

from tests import small_office
from workbench.ledger.store import Ledger


@pytest.fixture
def office(ledger_url: str) -> Iterator[Ledger]:
    """A new ledger with the small office in it."""
    with small_office.office(ledger_url) as ledger:
        yield ledger
