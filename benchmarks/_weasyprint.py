"""The same letters by WeasyPrint, in an environment of its own; prints the bytes it made.

    .peers/bin/python benchmarks/_weasyprint.py LETTERS.json

LETTERS.json is a list of what our layouts place. Imports nothing of the project.
"""

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

import weasyprint

STYLE = """
@page { size: A4; margin: 17mm 20mm 22mm; @bottom-center { content: "lettre"; font-size: 8.6pt }
 @bottom-right { content: "page " counter(page) " sur " counter(pages); font-size: 8.6pt } }
body { font: 10.8pt/1.25 "Libertinus Serif", "DejaVu Serif", serif; margin: 0 }
.sender { position: absolute; top: 0; width: 66mm } .sender b { font-size: 12pt }
.mentions { position: absolute; top: 41mm; font-size: 8.6pt }
.address { position: absolute; top: 30mm; left: 85mm; width: 84mm }
.dated { margin: 75mm 0 4mm 85mm }
.bar { border: .7pt solid; border-width: .7pt 0; display: flex; justify-content: space-between }
h1 { font-size: 10.8pt; margin: 2mm 0 0 } .amount { font: bold 15pt serif; align-self: center }
table { width: 100%; border-collapse: collapse; margin: 4mm 0 }
td, th { padding: 1.4mm 2mm; border-top: .4pt solid #AAB3BF; text-align: left; vertical-align: top }
td:nth-child(n+3), th:nth-child(n+3) { text-align: right; white-space: nowrap }
.pay { border: .7pt solid; padding: 3mm; display: flex; justify-content: space-between }
.pay small { display: block } .closing { margin: 5mm 0 0 85mm }
"""


def page(data: dict[str, Any]) -> str:
    """Returns the HTML of one letter."""
    body = "".join(_part(part, data) for part in data["body"])
    sender = data["sender"]
    return (
        f"<!DOCTYPE html><html lang=fr><head><title>{escape(data['title'])}</title>"
        f"<style>{STYLE}</style></head><body>"
        f"<div class=sender><b>{escape(sender['name'])}</b><br>{_lines(sender['lines'])}</div>"
        f"<div class=mentions>{_lines(data['mentions'])}</div>"
        f"<div class=address>{_lines(data['address'])}</div>"
        f"<p class=dated>{escape(data['place-date'])}</p>"
        f"<div class=bar><div><h1>{escape(data['title'])}</h1><small>{escape(data['subtitle'])}"
        f"</small></div><div class=amount>{escape(data['amount'])}</div></div>"
        f"{body}<p class=closing>{_lines(data['closing'])}</p></body></html>"
    )


def _lines(texts: list[str]) -> str:
    return "<br>".join(escape(text) for text in texts)


def _part(part: dict[str, Any], data: dict[str, Any]) -> str:
    if part["kind"] == "table":
        return _table(data["table"])
    if part["kind"] == "pay":
        cells = (
            f"<div><small>{escape(cell['label'])}</small>{escape(cell['value'])}</div>"
            for cell in data["pay"]
        )
        return f"<div class=pay>{''.join(cells)}</div>"
    runs = (
        f"<b>{escape(run['text'])}</b>" if run["bold"] else escape(run["text"])
        for run in part["runs"]
    )
    return f"<p>{''.join(runs)}</p>"


def _table(table: dict[str, Any]) -> str:
    head = "".join(f"<th>{escape(column['title'])}</th>" for column in table["columns"])
    rows = (
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row["cells"]) + "</tr>"
        for row in table["rows"]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def main() -> None:
    """Sets every letter and prints how many bytes they have together."""
    letters = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    fonts = weasyprint.text.fonts.FontConfiguration()
    made = 0
    for data in letters:
        document = weasyprint.HTML(string=page(data))
        pdf = document.write_pdf(font_config=fonts, pdf_variant="pdf/a-2b", pdf_tags=True)
        made += len(pdf or b"")
    print(made)


if __name__ == "__main__":
    main()
