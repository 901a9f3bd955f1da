"""Colours, type and the one stylesheet of what is printed: the visual language in code.

Pictures and HTML take their tokens from here, so that a table and its chart agree. The stylesheet
asks nothing of the network: no font, no script, no image.
"""

from typing import Final

INK: Final = "#1B2430"
INK2: Final = "#475263"
INK3: Final = "#626D7D"
LINE2: Final = "#AAB3BF"
LINE: Final = "#DFE3E9"
GROUND: Final = "#F4F6F8"
PAPER: Final = "#FFFFFF"
ACCENT: Final = "#1A5A8E"
ACCENT_TINT: Final = "#E7F0F7"
ALERT: Final = "#9E3D08"
ALERT_TINT: Final = "#FBEFE8"
AGES: Final = ("#CFE1EF", "#A3C5E0", "#6FA3CD", "#3F7FB5", "#1A5A8E", "#0B2F4F")
"""1-30 days, 31-60, 61-90, 91-180, 6-12 months, over a year. Not yet due is hatched."""

# Sizes in points: the report is made for paper, and a point is the same on both. JupyterLab sets
# every cell of a table to the right; `.wb.wb` outweighs it.
STYLESHEET: Final = f"""
.wb {{ color: {INK};
  font: 9pt/1.33 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; text-align: left; }}
.wb * {{ box-sizing: border-box; }}
.wb > table:first-child {{ margin-top: 5pt; }}
.wb h1 {{ font-size: 15pt; line-height: 1.2; margin: 0; font-weight: 700; }}
.wb h2 {{ font-size: 10.2pt; line-height: 1.3; margin: 14pt 0 0; font-weight: 700;
  break-after: avoid; }}
.wb h3 {{ font-size: 9pt; margin: 4pt 0 1pt; font-weight: 700; color: {INK2};
  break-after: avoid; }}
.wb p {{ margin: 3pt 0; }}
.wb .sub {{ color: {INK2}; margin: 1pt 0 2pt; break-after: avoid; }}
.wb .quiet {{ color: {INK2}; }}
.wb a {{ color: {ACCENT}; text-underline-offset: 2px; }}
.wb .g {{ font-family: "DejaVu Sans", "Segoe UI Symbol", sans-serif; font-size: .92em;
  display: inline-block; min-width: 1.15em; text-align: center; }}
.wb .accent {{ color: {ACCENT}; }}
.wb .alert {{ color: {ALERT}; }}
.wb .nowrap {{ white-space: nowrap; }}
.wb .hash {{ font: 8pt "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }}

.wb table {{ width: 100%; border-collapse: collapse; border: 0; margin: 0; font-size: inherit;
  table-layout: auto; }}
.wb table.narrow {{ width: auto; min-width: 60%; }}
.wb thead {{ display: table-header-group; }}
.wb tr, .wb tbody tr:nth-child(n) {{ break-inside: avoid; background: none; }}
.wb th, .wb td {{ padding: 1.9pt 8pt 1.9pt 0; text-align: left; vertical-align: top; border: 0;
  border-bottom: .6pt solid {LINE}; max-width: none; overflow-wrap: anywhere;
  white-space: normal; }}
.wb th {{ color: {INK2}; font-weight: 700; font-size: 8.2pt; vertical-align: bottom;
  border-bottom: .6pt solid {LINE2}; overflow-wrap: normal; }}
.wb th:last-child, .wb td:last-child {{ padding-right: 0; }}
.wb .n {{ text-align: right; white-space: nowrap; }}
.wb.wb :is(th, td):not(.n) {{ text-align: left; }}
.wb td.d, .wb td.s, .wb td.i {{ white-space: nowrap; }}
.wb td.n + td, .wb th.n + th {{ padding-left: 4pt; }}
.wb tr.strong td {{ font-weight: 700; }}
.wb tr.remainder td {{ color: {INK2}; }}
.wb tr.remainder td.n {{ color: {INK}; }}
.wb tfoot {{ display: table-row-group; }}
.wb tfoot td {{ font-weight: 700; border-top: .9pt solid {INK}; border-bottom: 0; }}
.wb tr.undone td {{ text-decoration: line-through; color: {INK3}; }}
.wb caption {{ text-align: left; font-weight: 700; color: {INK2}; padding: 3pt 0; }}

.wb .head {{ display: flex; justify-content: space-between; align-items: flex-end; gap: 16pt;
  border-bottom: .9pt solid {INK}; padding-bottom: 7pt; }}
.wb .head p {{ margin: 1pt 0 0; }}
.wb .head .at {{ color: {INK2}; text-align: right; font-size: 8.2pt; line-height: 1.45; }}
.wb .lead {{ font-size: 10.2pt; }}
.wb .tiles {{ display: flex; border-bottom: .6pt solid {LINE}; padding: 7pt 0 6pt; }}
.wb .tile {{ flex: 1 1 0; padding: 0 10pt; border-left: .6pt solid {LINE}; min-width: 0; }}
.wb .tile:first-child {{ padding-left: 0; border-left: 0; }}
.wb .tile .label {{ color: {INK2}; font-size: 8.2pt; }}
.wb .tile .figure {{ font-size: 13pt; line-height: 1.4; font-weight: 700; white-space: nowrap; }}
.wb .tile .figure .g {{ font-size: 9pt; }}
.wb .tile .note {{ color: {INK2}; font-size: 8.2pt; }}
.wb .verdict {{ margin: 7pt 0 0; }}
.wb .pair {{ display: flex; gap: 16pt; align-items: flex-start; }}
.wb .pair > div {{ flex: 1 1 0; min-width: 0; }}
.wb .pair.uneven > div:first-child {{ flex-grow: .68; }}
.wb .line {{ display: flex; justify-content: space-between; gap: 8pt; font-weight: 700;
  padding: 2.2pt 0; border-bottom: .6pt solid {LINE}; break-inside: avoid; }}
.wb .line.end {{ border-top: .9pt solid {INK}; border-bottom: 0; margin-top: -.6pt; }}
.wb .annex {{ break-before: page; font-size: 7.8pt; }}
.wb .annex .two {{ column-count: 2; column-gap: 16pt; }}
.wb .whole {{ margin-bottom: 8pt; }}
.wb table.items td:first-child {{ white-space: nowrap; }}
.wb .box {{ border: .9pt solid {INK}; padding: 4pt 6pt; margin: 6pt 0 0; display: flex;
  justify-content: space-between; gap: 8pt; font-weight: 700; break-inside: avoid;
  break-before: avoid; }}
.wb .box.bad {{ border-color: {ALERT}; color: {ALERT}; background: {ALERT_TINT}; }}
.wb .message {{ border-left: 2.4pt solid {LINE2}; background: {GROUND}; padding: 4pt 8pt;
  margin: 5pt 0; break-inside: avoid; }}
.wb .message.alert {{ color: {INK}; border-color: {ALERT}; background: {ALERT_TINT}; }}
.wb .message.accent {{ color: {INK}; border-color: {ACCENT}; background: {ACCENT_TINT}; }}
.wb .message.alert .g {{ color: {ALERT}; }}
.wb .message.accent .g {{ color: {ACCENT}; }}
.wb .boxes {{ display: flex; gap: 9pt; margin: 14pt 0 0; break-inside: avoid; }}
.wb .boxes > div {{ flex: 1 1 0; border: .6pt solid {LINE2}; padding: 5pt 7pt; min-height: 50pt; }}
.wb .boxes p, .wb .frame p {{ margin: 1pt 0; }}
.wb .frame {{ border: .6pt solid {LINE2}; padding: 5pt 7pt; margin: 8pt 0 0; break-inside: avoid; }}
@media print {{ .wb a {{ color: inherit; text-decoration: none; }}
  .wb {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }} }}
"""
