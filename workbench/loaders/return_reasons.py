"""The two digits a CFONB statement gives for a reject, in the codes of ISO 20022.

Only reasons whose meaning is the same in both lists are here; those of bills of exchange and the
ones without an equal stay as the bank wrote them. Decision 0009 says where the list was seen.

Source: Comité français d'organisation et de normalisation bancaires, « Liste interbancaire des
codes motifs de rejet » (2012); ISO 20022 external codes, ExternalReturnReason1Code.
"""

from typing import Final

ISO_REASONS: Final = {
    "12": "AC01",  # coordonnées bancaires inexploitables
    "14": "AC04",  # compte clôturé
    "18": "BE05",  # émetteur non reconnu
    "20": "AM04",  # provision insuffisante
    "31": "MD01",  # pas d'autorisation
    "34": "AC06",  # opposition sur compte
    "35": "MD07",  # titulaire décédé
    "52": "AG02",  # code opération incorrect
    "54": "BE04",  # adresse invalide
    "57": "FF01",  # format invalide
    "58": "MS02",  # sur ordre du client
    "59": "MS03",  # raison non communiquée
    "60": "RC01",  # code banque incorrect
    "61": "TM01",  # heure limite dépassée
    "62": "RR04",  # motif réglementaire
    "63": "SL01",  # service spécifique
    "64": "AM05",  # doublon
    "65": "FOCR",  # retour à la suite d'une demande
    "66": "MD02",  # donnée du mandat incorrecte
    "80": "MD06",  # contestation du débiteur
    "99": "AG01",  # opération non admise
}
