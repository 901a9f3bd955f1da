"""Who holds accounts and who pays: persons, couples, companies, and how banks write their names.

Names are drawn without putting them back, so that two holders of a building bear the same name
only where the demo wants namesakes. Not for who owes what: see `cast`.
"""

import unicodedata
from dataclasses import dataclass, replace

from workbench.demo.chance import Chance
from workbench.demo.ibans import payer_iban

SURNAMES = tuple(
    """
    Garrabet Quentrel Tissandreau Pélissargue Mérignargues Castelnaux Rivoirel Bréhon Vandelier
    Noblecourt Lanvollée Faugeroux Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy
    Moreau Simon Laurent Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard
    André Mercier Dupont Lambert Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc
    Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez Fontaine
    Chevalier Robin Masson Sanchez Gérard Nguyen Boyer Denis Lemaire Duval Joly Gautier Roger Roche
    Roy Noël Meyer Lucas Meunier Jean Perez Marchand Dufour Blanchard Marie Barbier Brun Dumas
    Brunet Schmitt Leroux Colas Fernandez Pierre Renard Arnaud Rolland Caron Aubert Giraud Leclerc
    Vidal Bourgeois Renaud Lemoine Picard Gaillard Philippe Leclercq Lacroix Fabre Dupuis Olivier
    Rodriguez Da-Silva Hubert Louis Charles Guillot Rivière Le-Gall Guillaume Adam Rey Moulin
    Gonzalez Berger Lecomte Menard Fleury Deschamps Carpentier Julien Benoit Paris Maillard Marchal
    Aubry Vasseur Le-Roux Renault Jacquet Collet Prévost Poirier Charpentier Royer Huet Baron Dupuy
    Pons Paul Lainé Carré Breton Rémy Schneider Perrot Guyot Barre Marty Cousin Diallo Traoré
    Benali Haddad Cissé Kowalski Ferreira Pereira Nowak Rossi Bianchi Lefort Delmas Chauvin Tessier
    Hamon Pichon Besson Delorme Vallet Bouvier Mallet Coste Jourdan Chapuis Weber Klein Besnard
    Langlois Gilbert Tanguy Hervé Cordier Grandjean Bailly Humbert Rousset Lebreton Salmon Devaux
    Camus Lejeune Ollivier Bigot Pelletier Laporte Hoarau Payet Grondin Lebon Maurin Astier Vial
    Chomel Berthet Genin Drevet Mollard Perrier Guichard Thévenet Chatelain Bonnard Jacquemin
    Sauvage Tournier Combe Rochette Duchamp Fayolle Bouchet Charrier Gonin Poncet Vernay Brossard
    """.split()
)  # fmt: skip
MEN = tuple(
    """
    Jean Pierre Michel Alain Philippe Bernard Patrick Nicolas Christophe Laurent Julien Thierry
    Olivier Stéphane Frédéric Éric Sylvain Marc Luc Yann Paul Axel Hugo Antoine Karim Mehdi Tiago
    Thibault Romain Guillaume Damien Grégoire Mathis Étienne Gilles Serge Vincent Xavier
    """.split()
)  # fmt: skip
WOMEN = tuple(
    """
    Marie Monique Françoise Isabelle Catherine Sylvie Anne Nathalie Christine Martine Véronique
    Sandrine Céline Odile Claire Denise Solène Aurélie Élodie Camille Léa Manon Inès Fatou Leïla
    Hélène Brigitte Chantal Agnès Delphine Laurence Valérie Pauline Juliette Noémie Simone
    """.split()
)  # fmt: skip
SCI_WORDS = tuple(
    """
    Aubépine-Nord Morvange Quentrel-Frères Les-Acacias Du-Parc Bellevue Montplaisir Valmy Horizon
    Les-Trois-Chênes Saint-Roch Du-Moulin Belle-Rive La-Closerie Pierre-et-Ciel Les-Ormes
    Grand-Large Delta-Pierre Soleillade Les-Charmilles Mirabel Du-Vallon Clairefontaine Esperluette
    Le-Vieux-Puits
    """.split()
)  # fmt: skip
FIRMS = (
    "SARL Menuiserie Chazal", "SAS Atelier du Levant", "EURL Bati-Concept", "SARL Transports Orial",
    "SAS Pharmacie des Arts", "SARL Le Four à Bois", "SAS Numérix Conseil", "SARL Optique Verlaine",
    "SELARL Cabinet Dentaire Ozanne", "SAS Boulangerie Mauron", "SARL Garage des Lônes",
)  # fmt: skip
AGENCIES = (
    "Agence du Parc Gestion", "Immobilière des Deux Rives", "Cabinet Vauban Location",
    "Agence Saint-Nizier", "Gestion Locative Bellegarde", "Agence des Remparts",
)  # fmt: skip
_DOMAINS = ("courriel.example", "messagerie.example", "boite.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A holder, or somebody who pays for one.

    Attributes:
        holder: as the office writes it.
        surname: the name everybody would look under; the company's name for a company.
        given: first name, "" for a company.
        sort: `person`, `couple` or `company`.
        payer_names: how banks write it, the usual form first.
        aliases: other names the office knows.
        iban: the account it pays from.
        email: where its calls go.
    """

    holder: str
    surname: str
    given: str
    sort: str
    payer_names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    iban: str
    email: str = ""


def bank_form(name: str) -> str:
    """Returns a name as banks write it: capitals, no accents, no marks but `-`, `.` and `&`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(
        "".join(c if c.isalnum() or c in "-.& " else " " for c in plain).split()
    ).upper()


class Directory:
    """Draws parties, no surname twice.

    Args:
        chance: where the names come from.
    """

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._surnames = chance.shuffled(SURNAMES)
        self._companies = chance.shuffled(SCI_WORDS)
        self._firms = chance.shuffled(FIRMS)

    def surname(self) -> str:
        """Returns a surname nobody here has yet; double-barrelled once the plain ones are used."""
        if self._surnames:
            return self._surnames.pop().replace("Le-", "Le ").replace("Da-", "Da ")
        return f"{self._chance.pick(SURNAMES)}-{self._chance.pick(SURNAMES)}"

    def person(self, surname: str = "") -> Party:
        """Returns one person, with that surname if it is given."""
        surname = surname or self.surname()
        woman = self._chance.happens(0.5)
        given = self._chance.pick(WOMEN if woman else MEN)
        title = "Mme" if woman else "M."
        last, first = bank_form(surname), bank_form(given)
        forms = [f"{bank_form(title)} {last} {first}", f"{last} {first}", f"{first} {last}"]
        if woman:
            forms.append(f"MLE {first[0]}. {last}")
        return Party(
            holder=f"{title} {surname} {given}",
            surname=surname,
            given=given,
            sort="person",
            payer_names=tuple(self._chance.shuffled(forms)),
            iban=payer_iban(self._chance),
            email=self._email(given, surname),
        )

    def couple(self, *, two_names: bool) -> Party:
        """Returns a couple, with one surname or two."""
        him, her = self._chance.pick(MEN), self._chance.pick(WOMEN)
        surname = self.surname()
        last, he, she = bank_form(surname), bank_form(him), bank_form(her)
        email = self._email(him, surname)
        iban = payer_iban(self._chance)
        if not two_names:
            forms = (f"M. ET MME {last}", f"M OU MME {last} {he}", f"{last} {he} ET {she}")
            return Party(
                holder=f"M. et Mme {surname} {him} et {her}", surname=surname, given=him,
                sort="couple", payer_names=tuple(self._chance.shuffled(forms)), iban=iban,
                email=email,
            )  # fmt: skip
        other = self.surname()
        theirs = bank_form(other)
        forms = (f"MME {theirs} {she}", f"M {last} OU MME {theirs}", f"{theirs} {she}")
        return Party(
            holder=f"M. {surname} {him} et Mme {other} {her}", surname=surname, given=him,
            sort="couple", payer_names=forms, aliases=(f"{other} {her}",), iban=iban, email=email,
        )  # fmt: skip

    def estate(self) -> Party:
        """Returns the heirs of somebody, holding together."""
        surname = self.surname()
        forms = (f"INDIVISION {bank_form(surname)}", f"SUCC {bank_form(surname)}")
        return Party(
            holder=f"Indivision {surname}", surname=surname, given="", sort="company",
            payer_names=forms, iban=payer_iban(self._chance), email=self._email("famille", surname),
        )  # fmt: skip

    def sci(self) -> Party:
        """Returns a property company, whose manager is known as an alias."""
        word = self._companies.pop() if self._companies else self.surname()
        if "-" in word and word.split("-")[0] in {"Les", "Du", "Le", "La", "Grand", "Belle"}:
            word = word.replace("-", " ")
        manager = f"{self._chance.pick(MEN)} {self.surname()}"
        return Party(
            holder=f"SCI {word}", surname=word, given="", sort="company",
            payer_names=(f"SCI {bank_form(word)}", bank_form(manager)), aliases=(manager,),
            iban=payer_iban(self._chance), email=self._email("gestion", word),
        )  # fmt: skip

    def firm(self) -> Party:
        """Returns a company that pays for somebody."""
        name = self._firms.pop() if self._firms else f"SARL {self.surname()}"
        return self._payer(name)

    def agency(self) -> Party:
        """Returns a letting agency that pays for several owners."""
        return self._payer(self._chance.pick(AGENCIES))

    def parent(self, child: Party) -> Party:
        """Returns a parent who pays for `child`, half of the time under another surname."""
        return self.person("" if self._chance.happens(0.5) else child.surname)

    def _payer(self, name: str) -> Party:
        return Party(
            holder=name, surname=name, given="", sort="company", payer_names=(bank_form(name),),
            iban=payer_iban(self._chance),
        )  # fmt: skip

    def _email(self, given: str, surname: str) -> str:
        def plain(name: str) -> str:
            return bank_form(name).lower().replace(" ", "-").replace(".", "")

        return f"{plain(given)}.{plain(surname)}@{self._chance.pick(_DOMAINS)}"


def same_name(party: Party, *, given: str) -> Party:
    """Returns a namesake of `party`: the surname, the first name `given`, the same bank form.

    The first form is the surname alone with an initial, so that a label can be anybody's.
    """
    last = bank_form(party.surname)
    title = "Mme" if given in WOMEN else "M."
    return replace(
        party,
        holder=f"{title} {party.surname} {given}",
        given=given,
        payer_names=(f"{bank_form(title)} {last}", f"{last} {bank_form(given)[0]}"),
        email="",
    )
