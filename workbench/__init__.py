"""A Jupyter workbench for auditing and reconciling property payments.

`open_ledger()` is the door for notebooks; the command line is `workbench --help`.
"""

from workbench.ledger.store import Ledger, open_ledger

__all__ = ["Ledger", "open_ledger"]
