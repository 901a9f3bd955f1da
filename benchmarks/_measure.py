"""Processor time and peak memory of a piece of work, its imports left out."""

import resource


class Meter:
    """Counts from where it is made; children that have ended are counted too."""

    def __init__(self) -> None:
        self._start = _seconds()

    def read(self) -> dict[str, float]:
        """Returns `cpu` (seconds since the start) and `memory` (peak of the process, MB)."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"cpu": _seconds() - self._start, "memory": peak}


def _seconds() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (
            resource.getrusage(resource.RUSAGE_SELF),
            resource.getrusage(resource.RUSAGE_CHILDREN),
        )
    )
