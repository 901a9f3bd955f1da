"""What one call in a notebook answers: the frame, and how it looks."""

from dataclasses import dataclass

import pandas as pd

from workbench.documents.html import Html


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer.

    Attributes:
        frame: the rows behind it, whole.
        html: what Jupyter shows: title, picture, table.
    """

    frame: pd.DataFrame
    html: Html

    def _repr_html_(self) -> str:
        return self.html.markup
