import subprocess
import sys

# In a process of its own: this one has imported everything already.
IMPORTS = """
import sys
import workbench.runs.month_end, workbench.runs.dashboard
import nbformat
nbformat.validate(nbformat.v4.new_notebook())
print("lark" in sys.modules)
"""
REPORT = """
import sys
import workbench.runs.report
print("nbformat" in sys.modules)
"""


def printed(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_run_starts_without_compiling_grammars_that_no_notebook_needs() -> None:
    assert printed(IMPORTS) == "False"


def test_a_kernel_imports_nothing_that_only_reads_notebooks() -> None:
    assert printed(REPORT) == "False"
