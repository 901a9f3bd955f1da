"""The JupyterLab that browser tests share ends with them."""

from collections.abc import Iterator

import pytest

from tests.served_lab import stop_shared_server


@pytest.fixture(scope="session", autouse=True)
def _no_lab_is_left() -> Iterator[None]:
    yield
    stop_shared_server()
