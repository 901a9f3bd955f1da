"""Small exports of the French banks: their real headers, everything else invented."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import openpyxl

from workbench.loaders.delimited import rows


@dataclass(frozen=True)
class Export:
    """One bank's export, and what it must give."""

    format: str
    text: str
    encoding: str
    account: str
    # Signed cents in the order of the file, label of the first row, opening and closing.
    cents: tuple[int, ...]
    label: str
    balances: tuple[int, int] | None = None


BNP = Export(
    "csv-bnp-paribas",
    "Compte de chèques;Compte courant;****1234;03/11/2026;;1 234,56\r\n"
    "\r\n"
    "Date operation;Libelle court;Type operation;Libelle operation;Montant operation en euro\r\n"
    "02/11/2026;VIREMENT;VIR SEPA RECU;VIR SEPA RECU /DE DUPONT /MOTIF LOYER;850,00\r\n"
    "31/10/2026;FRAIS;COMMISSIONS;F FRAIS PRLV IMP;-1 049,00\r\n",
    "utf-8",
    "",
    (85000, -104900),
    "VIR SEPA RECU /DE DUPONT /MOTIF LOYER",
)
SG = Export(
    "csv-societe-generale",
    '="0234500012345678";15/09/2026;01/10/2026;2;01/10/2026;1842,37 EUR\n'
    "\n"
    "Date de l'opération;Libellé;Détail de l'écriture;Montant de l'opération;Devise\n"
    "01/10/2026;VIR RECU 508160;VIR RECU 508160S DE: DUPONT REF: 12;50,00;EUR\n"
    "16/09/2026;COTISATION JAZZ;FRAIS ;-8,10;EUR\n",
    "cp1252",
    "FR7630003023450001234567873",
    (5000, -810),
    "VIR RECU 508160S DE: DUPONT REF: 12",
)
SG_SAVINGS = Export(
    "csv-societe-generale-epargne",
    '="0201900016400270";17/05/2026;16/11/2026;\n'
    "date_comptabilisation;libellé_complet_operation;montant_operation;devise;\n"
    "15/11/2026;VIR RECU    8527975563S DE: SAS;2188,28;EUR;\n",
    "cp1252",
    "FR7630003020190001640027040",
    (218828,),
    "VIR RECU 8527975563S DE: SAS",
)
CA = Export(
    "csv-credit-agricole",
    "\n"
    "Téléchargement du 07/05/2026;\n"
    "\n"
    "\n"
    "M.       GRAND THOMAS\n"
    "Compte de Dépôt carte n° 04106119371;\n"
    "Solde au 07/05/2026 917,01 €\n"
    "\n"
    "Liste des opérations du compte entre le 01/04/2026 et le 30/04/2026;\n"
    "\n"
    "Date;Libellé;Débit euros;Crédit euros;\n"
    '30/04/2026;"VIREMENT EN VOTRE FAVEUR\nMLE R. J.      \n\n\nLOYER J.   ";;2 389,64;\n'
    '30/04/2026;"PRELEVEMENT   \nEDF\n\n\n";150,00;;\n',
    "cp1252",
    "04106119371",
    (238964, -15000),
    "VIREMENT EN VOTRE FAVEUR MLE R. J. LOYER J.",
)
CIC = Export(
    "csv-credit-mutuel-cic",
    "Date;Date de valeur;Débit;Crédit;Libellé;Solde\r\n"
    "08/07/2026;09/07/2026;;2500,00;VIR DUPONT;1280,23\r\n"
    "09/07/2026;09/07/2026;-45,67;;PRLV SEPA EDF 10€;1234,56\r\n",
    "iso-8859-15",
    "",
    (250000, -4567),
    "VIR DUPONT",
    (-121977, 123456),
)
CM_AMOUNT = Export(
    "csv-credit-mutuel-cic-montant",
    "Date;Date de valeur;Montant;Libellé;Solde\n08/07/2026;09/07/2026;2500,00;VIR DUPONT;1280,23\n",
    "iso-8859-15",
    "",
    (250000,),
    "VIR DUPONT",
    (-121977, 128023),
)
CIC_COMMAS = Export(
    "csv-cic-operation",
    "Date d'opération,Date de valeur,Montant,Libellé,Solde\n"
    "04/10/2026,04/10/2026,1584.00,VIREMENT XXX 055684711,19261.85\n"
    "05/10/2026,05/10/2026,-4.00,PRLV XXX YYY,19257.85\n",
    "iso-8859-15",
    "",
    (158400, -400),
    "VIREMENT XXX 055684711",
    (1767785, 1925785),
)
LBP = Export(
    "csv-la-banque-postale",
    "Numéro Compte   ;1234567X020\r\n"
    "Type         ;Compte courant\r\n"
    "Compte tenu en  ;euros\r\n"
    "Date            ;04/08/2026\r\n"
    "Solde (EUROS)   ;13,99\r\n"
    "\r\n"
    "Date;Libellé;Montant(EUROS)\r\n"
    '04/08/2026;"VIREMENT DE MME X";-45,67\r\n'
    "03/08/2026;VIREMENT INSTANTANE DE Y;+123,45\r\n",
    "iso-8859-15",
    "1234567X020",
    (-4567, 12345),
    "VIREMENT DE MME X",
)
LCL = Export(
    "csv-lcl",
    "Date;Date valeur;Libellé;Débit;Crédit\n"
    "15/01/2026;15/01/2026;PRLV SEPA EDF;42,50;\n"
    "20/01/2026;20/01/2026;VIR SEPA CAF;;2400,00\n",
    "iso-8859-15",
    "",
    (-4250, 240000),
    "PRLV SEPA EDF",
)
BPCE = Export(
    "csv-bpce",
    "Date de comptabilisation;Libelle simplifie;Libelle operation;Reference;"
    "Informations complementaires;Type operation;Categorie;Sous categorie;Debit;Credit;"
    "Date operation;Date de valeur;Pointage operation\r\n"
    "02/09/2026;VIR DUPONT;VIR SEPA DUPONT JEAN;REF2;LOYER SEPTEMBRE;Virement;R;S;;1 800,00;"
    "02/09/26;02/09/26;0\r\n"
    "01/09/2026;EDF;PRLV SEPA EDF;REF1;;Prélèvement;A;D;-12,30;;31/08/26;01/09/26;0\r\n",
    "cp1252",
    "",
    (180000, -1230),
    "VIR SEPA DUPONT JEAN LOYER SEPTEMBRE",
)
CE = Export(
    "csv-caisse-epargne",
    "Code de la banque : 14505;Code de l'agence : 00001;"
    "Date de début de téléchargement : 01/12/2026;"
    "Date de fin de téléchargement : 31/12/2026;\n"
    "Numéro de compte : 04309621484;Nom du compte : COMPTE;Devise : EUR;\n"
    "\n"
    "Solde en fin de période;;;;+40,00\n"
    "Date;Numéro d'opération;Libellé;Débit;Crédit;Détail;\n"
    "31/12/26;2810-17.58;PRLV EDF;-50,00;;FACTURE 12;\n"
    "03/12/26;2710-09.25;VIR SEPA DUPONT;;+100,00;LOYER;\n"
    "Solde en début de période;;;;-10,00\n",
    "cp1252",
    "FR7614505000010430962148472",
    (-5000, 10000),
    "PRLV EDF FACTURE 12",
    (-1000, 4000),
)
BP = Export(
    "csv-banque-populaire",
    "Compte;Date de comptabilisation;Date opération;Libellé;Référence;Date valeur;Montant\n"
    "55566677788;26/05/2026;;CHEQUE 0000001;;26/05/2026;-600\n"
    "55566677788;27/05/2026;27/05/2026;PRLV SEPA X;A1;27/05/2026;-13,49\n",
    "cp1252",
    "55566677788",
    (-60000, -1349),
    "CHEQUE 0000001",
)
EXPORTS = (
    BNP, SG, SG_SAVINGS, CA, CIC, CM_AMOUNT, CIC_COMMAS, LBP, LCL, BPCE, CE, BP,
)  # fmt: skip


def changed(export: Export, old: str, new: str) -> bytes:
    """Returns the bytes of an export with one thing changed."""
    assert old in export.text
    return export.text.replace(old, new).encode(export.encoding)


def workbook_of(*sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, lines in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Feuille {number}")
        for line in lines:
            sheet.append(line)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def lines_of(export: Export) -> list[list[str]]:
    """Returns the rows of an export as a sheet has them, blank ones too."""
    lines: list[list[str]] = []
    for line, cells in rows(export.text, file="x", delimiter=";"):
        lines += [[] for _ in range(line - 1 - len(lines))]
        # Excel shows what `="0123"` stands for.
        lines.append([cell.removeprefix("=").strip('"') for cell in cells])
    return lines


# What some banks call .xls.
HEADER = ["Date", "Date de valeur", "Débit", "Crédit", "Libellé", "Solde"]
PAGE = """<html><head><style>td {{ color: red }}</style></head><body>
<table><tr><td colspan="6">Compte {script}</td></tr>
<tr>{header}</tr>
<tr><td>08/07/2026</td><td>09/07/2026</td><td>&nbsp;</td><td>2 500,00</td><td>VIR<br>DUPONT</td>
<td><b>1280,23</b></td></tr>
<!-- une remarque -->
<tr><td>09/07/2026<td>09/07/2026<td>-45,67<td><td>PRLV &amp; EDF<td>1234,56
</table></body></html>"""


def page(script: str = "") -> str:
    header = "".join(f"<th>{name}</th>" for name in HEADER)
    return PAGE.format(header=header, script=script)
