"""The same buildings on a Dask cluster: one office, several computers, one PostgreSQL.

Every worker has the workbench installed, reaches the ledger at the same address and sees the
output folder under the same path; a building whose files do not arrive there is reported.
"""

import re
from collections.abc import Generator, Sequence
from typing import Final

from workbench.domain.errors import ParameterError, WorkbenchError
from workbench.runs.building import BuildingOutcome, BuildingTask, do_building

CONNECT_TIMEOUT_SECONDS: Final = 15
# Checked here: given anything else, the library starts threads and tries for a while.
_ADDRESS: Final = re.compile(r"(?:tcp|tls|ws|wss)://[^\s/:]+:\d{1,5}")


def do_on_cluster(
    tasks: Sequence[BuildingTask], *, address: str
) -> Generator[BuildingOutcome, None, None]:
    """Yields each building's outcome as it comes in, in any order.

    Raises:
        ParameterError: the address is none, the extra is missing, or the ledger is a file that
            workers cannot share.
        WorkbenchError: the scheduler does not answer.
    """
    if not _ADDRESS.fullmatch(address):
        raise ParameterError(
            f"adresse de planificateur incomprise : « {address} » (attendu tcp://ordinateur:port)"
        )
    if any(task.ledger_url.startswith("sqlite") for task in tasks):
        raise ParameterError(
            "--scheduler demande un registre PostgreSQL, que tous les ordinateurs partagent"
        )
    try:
        from distributed import Client, as_completed  # an extra
    except ImportError:
        raise ParameterError(
            "--scheduler demande l'extra « cluster » : pip install workbench[cluster]"
        ) from None
    try:
        client = Client(address, timeout=CONNECT_TIMEOUT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkbenchError(f"le planificateur {address} ne répond pas") from error
    with client:
        # Not pure: the same task asked for again must run again, not be remembered.
        futures = client.map(do_building, tasks, pure=False)
        by_key = {future.key: task for future, task in zip(futures, tasks, strict=True)}
        for future in as_completed(futures, loop=client.loop):
            yield _outcome(future, by_key[future.key])


def _outcome(future: object, task: BuildingTask) -> BuildingOutcome:
    try:
        outcome: BuildingOutcome = future.result()  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 - a lost worker has many names
        return BuildingOutcome(
            building_id=task.building_id,
            failure=f"un ordinateur de calcul s'est arrêté ({type(error).__name__})",
        )
    if not outcome.failure and not outcome.is_on_disk(task.place):
        return BuildingOutcome(
            building_id=task.building_id,
            failure="le résultat n'est pas arrivé : --out doit être un dossier que tous les"
            " ordinateurs partagent",
        )
    return outcome
