"""Places outside the program, by their address: folders, SFTP, S3, HTTPS, through fsspec.

One room knows how each protocol is opened (who one is, how long one waits) and turns whatever its
library raises into one French line. What is read there is `sources`', what is kept is `archive`'s.

Nobody is let in by the address: passwords come from a variable of the environment, keys from the
system's own places (`~/.ssh`, `~/.aws`, fsspec's configuration). Source: docs/decisions/0012.
"""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem

from workbench.domain.errors import shortened

# A server that says nothing for that long is not there.
PATIENCE_SECONDS: Final = 60
_CONNECT_SECONDS: Final = 20
_ON_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SFTP: Final = frozenset({"sftp", "ssh"})
_LOCAL: Final = frozenset({"", "file"})
_OBJECTS: Final = frozenset({"s3", "gs", "gcs", "abfs", "abfss", "az"})
_TRIED: Final = _LOCAL | _SFTP | frozenset({"s3", "https", "http"})
# Offered by fsspec with a library of their own; nothing in clear, nothing that forgets.
_OTHERS: Final = _OBJECTS | frozenset({"smb", "webdav", "webdavs"})
_TALKATIVE: Final = ("asyncio", "asyncssh", "aiobotocore", "aiohttp", "botocore", "fsspec", "s3fs")
T = TypeVar("T")


class AddressError(ValueError):
    """An address that cannot be used; `str()` says why and what to write, French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is, and who asks.

    Attributes:
        url: `sftp://office@host/folder`, `s3://bucket/folder`, `https://host/folder/`, a folder of
            this machine; without a password.
        password: "" where the system's own configuration lets in; never shown.
        profile: profile of the AWS configuration, "" for its default.
    """

    url: str
    password: str = field(default="", repr=False)
    profile: str = ""

    @property
    def protocol(self) -> str:
        """Its protocol, "" for a folder without one."""
        return self.url.partition("://")[0].lower() if "://" in self.url else ""

    @property
    def is_local(self) -> bool:
        """True for a folder of this machine, or of the network as this machine sees it."""
        return self.protocol in _LOCAL

    @property
    def holds_objects(self) -> bool:
        """True where a file appears at once and whole when it is written."""
        return self.protocol in _OBJECTS

    def local_path(self) -> Path:
        """Returns the folder of a local address."""
        return Path(unquote(urlsplit(self.url).path) if self.protocol else self.url).expanduser()


@dataclass(frozen=True, slots=True)
class Place:
    """An opened address: a file system, and the folder in it."""

    files: Any
    root: str


def check_address(url: str) -> None:
    """Checks an address without connecting.

    Raises:
        AddressError: a password inside, in clear over a network, an unknown protocol, no host.
    """
    if not url.strip():
        raise AddressError("adresse vide")
    if "::" in url and "://" in url and "[" not in url:
        raise AddressError("adresse enchaînée («\u00a0::\u00a0») : donner une seule adresse")
    protocol = Address(url=url).protocol
    if protocol in _LOCAL:
        return
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressError("adresse incomprise") from None
    if parts.password is not None:
        raise AddressError(
            "un mot de passe n'a pas sa place dans l'adresse : le mettre dans une variable "
            "d'environnement et la nommer par « password_variable »"
        )
    if not parts.hostname or port == 0:
        raise AddressError("adresse sans serveur")
    if protocol == "http" and parts.hostname not in _ON_THIS_MACHINE:
        raise AddressError("http:// passe en clair sur le réseau : utiliser https://")
    if protocol in {"ftp", "telnet"}:
        raise AddressError(f"{protocol}:// passe en clair sur le réseau : utiliser sftp://")
    if protocol not in _TRIED | _OTHERS:
        raise AddressError(
            f"protocole inconnu «\u00a0{shortened(protocol, limit=20)}\u00a0» "
            "(au choix : un dossier, sftp://, s3://, https://)"
        )


def connect(address: Address) -> Place:
    """Opens an address; call it inside `within`, it may wait for a server.

    Raises:
        Exception: whatever the protocol's library raises, see `words_of`.
    """
    if address.is_local:
        return Place(LocalFileSystem(), os.fspath(address.local_path().absolute()))
    _quieten()
    parts = urlsplit(address.url)
    if address.protocol in _SFTP:
        return _sftp(address, parts)
    if address.protocol == "s3":
        return _s3(address, parts)
    if address.protocol in {"http", "https"}:
        return _http(address, parts)
    files, root = fsspec.core.url_to_fs(address.url, skip_instance_cache=True)
    return Place(files, root)


def _quieten() -> None:
    """Keeps tracebacks of these libraries off a terminal nobody set up logging for.

    A connection that is cut shows in what was asked of it, and is said there.
    """
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _sftp(address: Address, parts: SplitResult) -> Place:
    from sshfs import SSHFileSystem  # noqa: PLC0415 - of the extra « sync »

    options: dict[str, Any] = {"username": unquote(parts.username)} if parts.username else {}
    if parts.port:
        options["port"] = parts.port
    if address.password:
        options["password"] = address.password
    files = SSHFileSystem(
        parts.hostname,
        # Its own default trusts whoever answers; () is ~/.ssh/known_hosts.
        known_hosts=(),
        connect_timeout=_CONNECT_SECONDS,
        login_timeout=_CONNECT_SECONDS,
        keepalive_interval=15,
        skip_instance_cache=True,
        **options,
    )
    path = unquote(parts.path)
    # `/~/folder` is below the account's own folder, as other programs write it.
    return Place(files, path.removeprefix("/~/") if path.startswith("/~/") else path or "/")


def _s3(address: Address, parts: SplitResult) -> Place:
    from s3fs import S3FileSystem  # noqa: PLC0415 - of the extra « sync »

    files = S3FileSystem(
        profile=address.profile or None,
        config_kwargs={
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": PATIENCE_SECONDS,
            "retries": {"max_attempts": 2},
        },
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    return Place(files, f"{parts.hostname}/{unquote(parts.path).strip('/')}".rstrip("/"))


def _http(address: Address, parts: SplitResult) -> Place:
    import aiohttp  # noqa: PLC0415 - of the extra « sync »
    from fsspec.implementations.http import HTTPFileSystem  # noqa: PLC0415

    # Otherwise the length that is told is not that of what comes.
    headers = {"Accept-Encoding": "identity"}
    if parts.username:
        # Left out when the server sends elsewhere.
        headers["Authorization"] = aiohttp.encode_basic_auth(
            unquote(parts.username), address.password
        )
    wait = aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS, sock_read=PATIENCE_SECONDS)
    files = HTTPFileSystem(
        client_kwargs={"timeout": wait, "headers": headers},
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    host = parts.netloc.rpartition("@")[2]
    return Place(files, f"{parts.scheme}://{host}{parts.path or '/'}")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Calls something that may wait for a network, and gives up after a while.

    In a thread that nobody waits for: no library lets every one of its waits be limited, and a
    mounted folder whose server is gone waits inside the system.

    Raises:
        TimeoutError: it did not end in time.
        Exception: what it raised.
    """
    future: Future[T] = Future()

    def ask() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again on the other side
            future.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return future.result(timeout=seconds)


def words_of(error: Exception) -> str:
    """Returns what a protocol's library says, in French where it is one of the usual things."""
    if isinstance(error, ModuleNotFoundError):
        return "ce protocole demande l'extra « sync » : pip install 'workbench[sync]'"
    name = type(error).__name__
    if name in _USUAL:
        return _USUAL[name]
    for kind, words in _SYSTEM:
        if isinstance(error, kind):
            return words
    status = getattr(error, "status", None)
    if isinstance(status, int) and status in _HTTP:
        return _HTTP[status]
    said = " ".join(str(error).split())
    return shortened(f"{name} {said}".strip(), limit=160)


_USUAL: Final = {
    "HostKeyNotVerifiable": (
        "le serveur n'est pas connu de ~/.ssh/known_hosts : vérifier sa clé auprès de la banque, "
        "puis l'y ajouter"
    ),
    "KeyExchangeFailed": "le serveur et ce poste n'ont pas de chiffrement en commun",
    "NoCredentialsError": "aucune clé AWS : AWS_ACCESS_KEY_ID, ~/.aws ou « aws_profile »",
    "ProfileNotFound": "ce profil AWS n'existe pas dans ~/.aws",
    "EndpointConnectionError": "le serveur ne répond pas",
    "ClientConnectorCertificateError": "le certificat du serveur n'est pas reconnu",
    "ClientConnectorDNSError": "ce serveur n'existe pas (nom inconnu)",
    "ClientConnectorError": "le serveur refuse la connexion",
    "gaierror": "ce serveur n'existe pas (nom inconnu)",
    "ClientPayloadError": "la connexion s'est coupée au milieu du fichier",
    "ServerDisconnectedError": "la connexion s'est coupée",
    "ConnectionLost": "la connexion s'est coupée",
    "SFTPConnectionLost": "la connexion s'est coupée",
    "SFTPNoConnection": "la connexion s'est coupée",
}
_SYSTEM: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TimeoutError, "le serveur ne répond pas"),
    (ConnectionRefusedError, "le serveur refuse la connexion"),
    (ConnectionError, "la connexion s'est coupée"),
    (FileNotFoundError, "introuvable"),
    (NotADirectoryError, "ce n'est pas un dossier"),
    (PermissionError, "accès refusé"),
)
_HTTP: Final = {
    401: "accès refusé",
    403: "accès refusé",
    404: "introuvable",
    429: "le serveur demande d'attendre",
    500: "le serveur est en panne",
    502: "le serveur est en panne",
    503: "le serveur est en panne",
}
