"""The default demo, made and written once for all its tests."""

from pathlib import Path

import pytest

from workbench.demo.books import Books
from workbench.demo.portfolio import Portfolio, Truth, generate, truth_of


@pytest.fixture(scope="session")
def portfolio() -> Portfolio:
    return generate()


@pytest.fixture(scope="session")
def every_books(portfolio: Portfolio) -> list[Books]:
    return list(portfolio.books())


@pytest.fixture(scope="session")
def truths(every_books: list[Books]) -> list[Truth]:
    return [row for books in every_books for row in truth_of(books)]


@pytest.fixture(scope="session")
def folder(portfolio: Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("demo")
    portfolio.write(directory)
    return directory
