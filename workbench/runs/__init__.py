"""Runs of notebooks: month-ends through Papermill, the dashboard through Voilà."""

import sys
from types import ModuleType

# Whoever imports nbformat imports jsonschema, which compiles 39 grammars to check one kind of
# address that no notebook holds: half of the processor time that starting a run takes. An empty
# module in their place makes jsonschema do without, as it does where they are not installed.
sys.modules.setdefault("rfc3987_syntax", ModuleType("rfc3987_syntax"))
