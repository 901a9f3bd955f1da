"""How long work tells a face where it stands."""

from collections.abc import Callable

# Called with how many are done, how many there are, and what is being done ("" at the end).
Progress = Callable[[int, int, str], None]
