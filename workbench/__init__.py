"""A Jupyter workbench for auditing and reconciling property payments.

The door for notebooks: `open_ledger()` opens the ledger, `views` has its tables as documented
frames (`views.movements(ledger)` …), `in_euros` shows their cents as euros. The questions of an
audit are `workbench.pipeline.exploring`; the command line is `workbench --help`.
"""

from workbench.domain.frames import in_euros
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger

__all__ = ["Ledger", "in_euros", "open_ledger", "views"]
