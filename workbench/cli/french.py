"""Click in French: help, usage and errors, without a traceback in sight."""

from collections.abc import Sequence
from typing import Final

import click

_TRANSLATED: Final = (
    (click.NoSuchOption, "option inconnue : {e.option_name}"),
    (click.MissingParameter, "il manque {name}"),
    (click.BadOptionUsage, "option mal employée : {e.option_name}"),
    (click.BadParameter, "{name} : {e.message}"),
    (click.BadArgumentUsage, "argument mal employé : {e.message}"),
)


def usage_words(error: click.UsageError) -> str:
    """Returns what is wrong with the command's words, in one French line."""
    name = _name_of(error)
    choice = getattr(getattr(error, "param", None), "type", None)
    if isinstance(choice, click.Choice) and not isinstance(error, click.MissingParameter):
        value = error.message.split("'")[1] if "'" in error.message else ""
        return f"« {value} » n'existe pas (au choix : {', '.join(map(str, choice.choices))})"
    for kind, words in _TRANSLATED:
        if isinstance(error, kind):
            return words.format(e=error, name=name)
    message = error.format_message()
    if message.startswith("No such command"):
        return f"commande inconnue : {message.split(chr(39))[1]}. « workbench --help » les montre"
    if message.startswith("Got unexpected extra argument"):
        return f"arguments en trop : {message.partition('(')[2].rstrip(').')}"
    return message


def _name_of(error: click.UsageError) -> str:
    parameter = getattr(error, "param", None)
    if isinstance(parameter, click.Option):
        return parameter.opts[-1]
    if isinstance(parameter, click.Argument):
        return parameter.make_metavar(error.ctx or click.Context(click.Command("workbench")))
    return "un argument"


class _FrenchHelp:
    """What click writes in English on a help page, in French."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces: Sequence[str] = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Usage : ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "Afficher cette aide."
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [
            record
            for parameter in self.get_params(ctx)  # type: ignore[attr-defined]
            if isinstance(parameter, click.Option)
            and (record := parameter.get_help_record(ctx)) is not None
        ]
        if records:
            with formatter.section("Options"):
                formatter.write_dl(records)


class FrenchCommand(_FrenchHelp, click.Command):
    """A command whose help is French."""


class FrenchGroup(_FrenchHelp, click.Group):
    """A group whose help is French and lists commands in the order of a month's work."""

    command_class = FrenchCommand

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Returns the commands in the order they were declared."""
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes options, then commands."""
        super().format_options(ctx, formatter)
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commandes"):
            formatter.write_dl([(n, c.get_short_help_str(limit=90)) for n, c in commands])

    def collect_usage_pieces(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
    ) -> list[str]:
        """Returns the usage line's parts."""
        return ["[OPTIONS]", "COMMANDE", "[ARGUMENTS]…"]
