"""What the options of several commands share: who acts, on which ledger, when."""

import getpass
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from workbench.domain.dates import DateError, Period, parse_date

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A date as people write it."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Returns the date, or fails with the reason in French."""
        if isinstance(value, date):
            return value
        try:
            return parse_date(str(value))
        except DateError as error:
            self.fail(f"{error} : « {value} »", param, ctx)


class Month(click.ParamType[Period]):
    """A month, `2026-10`."""

    name = "période"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        """Returns the month, or fails with the reason in French."""
        if isinstance(value, Period):
            return value
        try:
            return Period.parse(str(value))
        except DateError as error:
            self.fail(f"{error} : « {value} »", param, ctx)


DAY: Final = Day()
MONTH: Final = Month()


def now() -> datetime:
    """Returns the moment of a decision: the face's clock, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Returns the office's day: the face's clock."""
    return datetime.now().astimezone().date()


def _login() -> str:
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


def common(command: F) -> F:
    """Adds the options every command on a ledger has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Résultat en JSON, pour un script."),
        click.option(
            "--actor",
            default=_login,
            metavar="NOM",
            help="Qui agit, écrit sur chaque décision [défaut : JUPYTERHUB_USER, la session].",
        ),
        click.option(
            "--ledger",
            "ledger_url",
            metavar="URL",
            help="Registre [défaut : WORKBENCH_LEDGER, puis sqlite:///data/workbench.db].",
        ),
    ):
        command = option(command)
    return command


def config_option(command: F) -> F:
    """Adds the option that names the office's configuration."""
    option = click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FICHIER",
        help="Configuration [défaut : WORKBENCH_CONFIG, puis workbench.toml].",
    )
    return option(command)
