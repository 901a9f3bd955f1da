"""What the office configures: sources of bank files, archive, bank profiles, tolerance, mail.

One file, `workbench.toml`. It may be read by anyone in the office and copied to a mail, so no
secret is ever in it: those come from the environment and from the system's own configuration.
Source: docs/decisions/0012.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from workbench.documents.mails import read_sender
from workbench.documents.outbox import SECURITY_PORTS, MailServer
from workbench.domain.chart import DEFAULT_CHART, Chart, chart_of
from workbench.domain.errors import ParameterError, shortened
from workbench.ledger.store import Ledger
from workbench.loaders import iban as account_numbers
from workbench.loaders.archive import Archive
from workbench.loaders.remote import Address, AddressError, check_address
from workbench.loaders.sources import FileSource
from workbench.matching.sampling import DEFAULT_RULES, SamplingRules

FILE_NAME: Final = "workbench.toml"
VARIABLE: Final = "WORKBENCH_CONFIG"
_ARCHIVE_FOLDER: Final = "archive"
_KEYS: Final[Mapping[str, Mapping[str, type]]] = {
    "sources": {
        "name": str, "url": str, "pattern": str, "exclude": list, "enabled": bool, "iban": str,
        "password_variable": str, "aws_profile": str,
    },
    "archive": {"url": str, "password_variable": str, "aws_profile": str},
    "bank_files": {"profiles": str},
    "matching": {"tolerated_percent": float, "certainty_percent": float},
    "office": {
        "name": str, "lines": list, "contact": str, "closing": str, "signatory": str, "place": str,
    },
    "mail": {
        "host": str, "port": int, "security": str, "user": str, "password_variable": str,
        "sender": str, "timeout_seconds": float,
    },
    "accounts": {field.name: str for field in fields(Chart)},
}  # fmt: skip
_KINDS: Final = {
    float: "un nombre",
    int: "un nombre entier",
    str: "un texte",
    bool: "true ou false",
    list: "une liste de textes",
}
_NAME: Final = re.compile(r"[\w][\w .\-]{0,59}")
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# Shorter, a busy server seems silent and its mails doubtful; longer, a run seems to hang.
_SECONDS: Final = (1, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who writes the letters.

    Attributes:
        name: of the office; "" while it has not said it.
        lines: its quality and address, under the name.
        contact: telephone and mail, on one line.
        closing: above the signature, such as "Pour le syndic,"; "" for the usual one.
        signatory: who signs.
        place: where letters are written; "" for the building's town.
    """

    name: str = ""
    lines: tuple[str, ...] = ()
    contact: str = ""
    closing: str = ""
    signatory: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The office's settings.

    Attributes:
        sources: where bank files come from, in the order of the file; disabled ones left out.
        archive: where bank files are kept; None for the place beside the ledger.
        profiles: folder of the office's own bank profiles; None when it has none.
        sampling: when a class of the engine's links has failed its samples.
        office: who writes the letters.
        mail: the server that mails leave by; None when there is none.
        chart: numbers of the accounts that entries are written on.
        file: the file these were read from; None for the defaults.
    """

    sources: tuple[FileSource, ...] = ()
    archive: Address | None = None
    profiles: Path | None = None
    sampling: SamplingRules = DEFAULT_RULES
    office: Office = Office()
    mail: MailServer | None = None
    chart: Chart = DEFAULT_CHART
    file: Path | None = None


def load_settings(path: Path | None = None) -> Settings:
    """Reads the settings.

    Args:
        path: the file; else `WORKBENCH_CONFIG`, else `workbench.toml` in the current folder, else
            the defaults.

    Returns:
        The settings; relative folders are below the file's own.

    Raises:
        ParameterError: the named file is not there, is no TOML, has a key or a value that cannot
            be; says the file, the key and what to write.
    """
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    file = named or Path(FILE_NAME)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        if named is None:
            return Settings()
        raise ParameterError(f"{file} : ce fichier de configuration n'existe pas") from None
    except OSError as error:
        raise ParameterError(f"{file} : {error.strerror}") from None
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ParameterError(f"{file} : l'enregistrer en UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{file} : {_toml_words(error)}") from None
    return _Reading(file).settings(data)


def archive_of(settings: Settings, ledger: Ledger) -> Archive | None:
    """Returns the archive of a ledger's bank files: the configured one, else beside the ledger.

    None for a ledger on a server without `[archive] url`: no folder of this machine is that of the
    whole office.
    """
    if settings.archive is not None:
        return Archive(settings.archive)
    if not ledger.is_sqlite:
        return None
    return Archive(os.fspath(Path(ledger.url.database or "").parent / _ARCHIVE_FOLDER))


def _toml_words(error: tomllib.TOMLDecodeError) -> str:
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    where = f"ligne {place[1]}, colonne {place[2]} : " if place else "à la fin : "
    return f"{where}ce n'est pas du TOML (un texte s'écrit entre guillemets : cle = \"valeur\")"


class _Reading:
    """One file being read; its methods say where a key is wrong."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def settings(self, data: Mapping[str, Any]) -> Settings:
        self._known(data, _KEYS, "")
        sources = data.get("sources", [])
        if not isinstance(sources, list) or not all(isinstance(s, dict) for s in sources):
            raise self._wrong("sources", "commencer chaque source par [[sources]]")
        names: set[str] = set()
        read = [self._source(source, n, names) for n, source in enumerate(sources, 1)]
        archive = self._table(data, "archive")
        profiles = self._table(data, "bank_files").get("profiles")
        return Settings(
            sources=tuple(source for source in read if source is not None),
            archive=self._address(archive, "archive") if archive else None,
            profiles=self._folder(profiles, "bank_files.profiles") if profiles else None,
            sampling=self._sampling(self._table(data, "matching")),
            office=self._office(self._table(data, "office")),
            mail=self._mail(self._table(data, "mail")),
            chart=self._chart(self._table(data, "accounts")),
            file=self.file,
        )

    def _sampling(self, data: Mapping[str, Any]) -> SamplingRules:
        percents = {
            "tolerated_percent": (DEFAULT_RULES.tolerated * 100, 0, 50),
            "certainty_percent": (DEFAULT_RULES.certainty * 100, 50, 100),
        }
        shares = []
        for key, (usual, low, high) in percents.items():
            value = data.get(key, usual)
            if not low < value < high:
                raise self._wrong(f"matching, {key}", f"attendu plus de {low} et moins de {high}")
            shares.append(value / 100)
        return SamplingRules(tolerated=shares[0], certainty=shares[1])

    def _chart(self, data: Mapping[str, Any]) -> Chart:
        try:
            return chart_of(data)
        except ParameterError as error:
            raise ParameterError(f"{self.file}, accounts, {error}") from None

    def _office(self, data: Mapping[str, Any]) -> Office:
        if data and not data.get("name", "").strip():
            raise self._wrong("office, name", "donner le nom du cabinet, en tête des lettres")
        lines = tuple(line for line in data.get("lines", ()) if line.strip())
        return Office(**{**data, "lines": lines})

    def _mail(self, data: Mapping[str, Any]) -> MailServer | None:
        if not data:
            return None
        for key in ("host", "sender"):
            if not data.get(key, "").strip():
                raise self._wrong(f"mail, {key}", "à donner")
        security, host = data.get("security", "starttls"), data["host"].strip()
        if security not in SECURITY_PORTS:
            raise self._wrong("mail, security", f"au choix : {', '.join(SECURITY_PORTS)}")
        port, seconds = data.get("port", SECURITY_PORTS[security]), data.get("timeout_seconds", 60)
        if not 0 < port < 65_536:
            raise self._wrong("mail, port", "un nombre de 1 à 65535")
        if not _SECONDS[0] <= seconds <= _SECONDS[1]:
            raise self._wrong("mail, timeout_seconds", "de {} à {}".format(*_SECONDS))
        user, variable = self._login(
            data, is_plain=security == "none" and host not in _THIS_MACHINE
        )
        try:
            sender = read_sender(data["sender"])
        except ParameterError as error:
            raise self._wrong("mail, sender", str(error)) from None
        return MailServer(
            host=host, port=port, security=security, user=user,
            # Only `letters send` needs it: other commands run where it is not known.
            password=os.environ.get(variable, "") if variable else "",
            password_variable=variable, sender=sender, timeout_seconds=seconds,
        )  # fmt: skip

    def _login(self, data: Mapping[str, Any], *, is_plain: bool) -> tuple[str, str]:
        user, variable = data.get("user", ""), data.get("password_variable", "")
        if variable and not _VARIABLE_NAME.fullmatch(variable):
            raise self._wrong(
                "mail, password_variable",
                "donner le nom d'une variable d'environnement, pas le mot de passe",
            )
        if bool(user) != bool(variable):
            raise self._wrong("mail", "user et password_variable vont ensemble")
        if user and is_plain:
            raise self._wrong("mail, security", "un mot de passe ne part que chiffré")
        return user, variable

    def _table(self, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = data.get(name, {})
        if not isinstance(table, dict):
            raise self._wrong(name, f"écrire une section [{name}]")
        self._typed(table, name, name)
        return table

    def _source(self, data: Mapping[str, Any], number: int, names: set[str]) -> FileSource | None:
        where = f"sources n° {number}"
        self._typed(data, "sources", where)
        name = data.get("name", "")
        if not _NAME.fullmatch(name):
            raise self._wrong(f"{where}, name", "donner un nom court (lettres, chiffres, espaces)")
        if name.casefold() in names:
            raise self._wrong(f"{where}, name", f"« {name} » est déjà le nom d'une autre source")
        names.add(name.casefold())
        iban = account_numbers.normalised(data.get("iban", ""))
        if iban and not account_numbers.is_valid(iban):
            raise self._wrong(f"{where}, iban", f"« {shortened(iban)} » n'est pas un IBAN juste")
        pattern = data.get("pattern", "*")
        exclude = tuple(data.get("exclude", ()))
        if not all(self._is_pattern(text) for text in (pattern, *exclude)):
            raise self._wrong(f"{where}, pattern", "comme *.xml ou */*.xml, sans / au début ni ..")
        # A disabled source has to be right too, but may lack its password here.
        is_enabled = data.get("enabled", True)
        address = self._address(data, where, with_password=is_enabled)
        if not is_enabled:
            return None
        return FileSource(name=name, address=address, pattern=pattern, exclude=exclude, iban=iban)

    @staticmethod
    def _is_pattern(text: str) -> bool:
        return bool(text) and not {"", "..", "."} & set(text.split("/"))

    def _address(
        self, data: Mapping[str, Any], where: str, *, with_password: bool = True
    ) -> Address:
        url = data.get("url", "")
        try:
            check_address(url)
        except AddressError as error:
            raise self._wrong(f"{where}, url", str(error)) from None
        address = Address(url=url)
        variable, profile = data.get("password_variable", ""), data.get("aws_profile", "")
        if profile and address.protocol != "s3":
            raise self._wrong(f"{where}, aws_profile", "seulement pour une adresse s3://")
        password = ""
        if variable:
            if address.is_local or address.protocol == "s3":
                raise self._wrong(
                    f"{where}, password_variable", "sans objet pour un dossier ni pour s3://"
                )
            if not _VARIABLE_NAME.fullmatch(variable):
                raise self._wrong(
                    f"{where}, password_variable",
                    "donner le nom d'une variable d'environnement, pas le mot de passe",
                )
            password = os.environ.get(variable, "")
            if not password and with_password:
                raise self._wrong(
                    f"{where}, password_variable",
                    f"la variable d'environnement {variable} est vide",
                )
        if address.is_local:
            url = os.fspath(self._folder(os.fspath(address.local_path()), f"{where}, url"))
        return Address(url=url, password=password, profile=profile)

    def _folder(self, text: str, where: str) -> Path:
        if "\0" in text:
            raise self._wrong(where, "ce n'est pas un dossier")
        return self.file.parent / Path(text).expanduser()

    def _typed(self, data: Mapping[str, Any], section: str, where: str) -> None:
        kinds = _KEYS[section]
        self._known(data, kinds, where)
        for key, value in data.items():
            kind = kinds[key]
            # A whole number is a number; true is none.
            accepted = (int, float) if kind is float else kind
            is_right = (
                isinstance(value, accepted)
                and isinstance(value, bool) == (kind is bool)
                and (not isinstance(value, list) or all(isinstance(text, str) for text in value))
            )
            if not is_right:
                raise self._wrong(f"{where}, {key}", f"attendu {_KINDS[kind]}")

    def _known(self, data: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
        unknown = [key for key in data if key not in known]
        if unknown:
            key = f"{where}, {unknown[0]}" if where else unknown[0]
            raise self._wrong(shortened(key), f"clé inconnue (au choix : {', '.join(known)})")

    def _wrong(self, where: str, words: str) -> ParameterError:
        return ParameterError(f"{self.file}, {where} : {words}")
