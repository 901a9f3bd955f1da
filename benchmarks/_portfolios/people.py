"""Holders and payers of the second portfolio: who they are and how their banks write them."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

# What a transfer's name field keeps on the narrowest formats.
NARROW: Final = 27

_WOMEN: Final = (
    "Marie Nathalie Isabelle Sylvie Catherine Françoise Valérie Christine Sandrine Hélène Léa Chloé"
    " Émilie Céline Aurélie Mélanie Zoé Inès Fatima Aïcha Noémie Jeanne Louise Camille Manon"
    " Anne-Marie Marie-Claude Marie-Thérèse Élodie Joëlle Thi-Mai Ana Rosa Nadia Khadija Brigitte"
    " Monique Odile Ghislaine Agnès Maud Solène Gaëlle Béatrice Yvette Simone Eugénie Lucie Clara"
).split()
_MEN: Final = (
    "Jean Pierre Michel Philippe Alain Patrick Nicolas Christophe Frédéric François Stéphane Éric"
    " Thierry Laurent Sébastien Jérôme Rémi Loïc Gaël Théo Hugo Lucas Mathéo Mohamed Karim Youssef"
    " Jean-Pierre Jean-Luc Jean-Marc Paul-Henri João Manuel José Minh Ali Omar Benoît Grégoire"
    " Régis Gérard André Bernard Daniel Raymond Joël Noël Yves Yann Tanguy Édouard Maxime"
    " Antoine Victor"
).split()
_COMMON_LAST: Final = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre"
    " Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau"
).split()
_LAST_TEXT: Final = (
    "Vincent Muller Lefèvre Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François"
    " Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier"
    " Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard"
    " Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martínez Gérard Roche Renard Schmitt"
    " Roy Leroux Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier"
    " Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte Lopez"
    " Jean Dupuy Guillot Hubert Berger Carpentier Sánchez Dupuis Moulin Louis Deschamps Huet"
    " Vasseur Pérez Boucher Fleury Royer Klein Jacquet Adam Paris Poirier Marty Aubry Guyot Carré"
    " Charles Renault Charpentier Ménard Maillard Baron Bertin Bailly Hervé Schneider Fernandez"
    " Collet Léger Bouvier Julien Prévost Millet Perrot Daniel Cousin Germain Breton Besson"
    " Langlois Rémy Pelletier Lévêque Perrier Leblanc Barré Lebrun Marchal Weber Mallet Hamon"
    " Boulanger Jacob Monnier Michaud Rodríguez Guichard Gillet Étienne Grondin Poulain"
    " Tessier Chevallier Collin"
    " Chauvin Bouchet Gay Lemaître Bénard Maréchal Humbert Reynaud Antoine Hoarau Perret Barthélemy"
    " Cordier Pichon Lejeune Gilbert Lamy Delaunay Pasquier Carlier Laporte Traoré Diallo Benali"
    " Haddad Cohen Lévy Nguyen Tran Pham Da~Silva Dos~Santos De~Oliveira Ferreira Pereira Ben~Amar"
    " El~Mansouri Le~Gall Le~Goff De~La~Tour D'Angelo L'Hostis O'Brien Saint-Martin Dupont-Moretti"
    " Martin-Roux Kowalski Nowak Popescu Yilmaz Öztürk Müller Jørgensen N'Diaye Ait-Ouali Wang Li"
)
_LAST: Final = tuple(name.replace("~", " ") for name in _LAST_TEXT.split())
_FIRM_WORDS: Final = (
    "Tilleuls Acacias Horizon Belvédère Lavandes Cèdres Remparts Vallon Étoile Provence Écluse"
    " Marronniers Patio Alizés Glycines Rotonde Phare Source Vergers Coteaux"
).split()
_BANKS: Final = (10278, 10907, 13807, 14445, 15589, 16275, 17515, 18206, 20041, 30002, 30004)
_FIRM_FORMS: Final = ("SCI", "SCI", "SCI", "SARL", "SAS", "EURL", "Indivision")


@dataclass(frozen=True, slots=True)
class Person:
    """A holder or payer: a person, a couple (`other` is the second first name) or a firm."""

    title: str
    first: str
    last: str
    other: str = ""
    maiden: str = ""
    firm: str = ""


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """Returns the text in capitals, without accents: as most bank formats carry it."""
    spread = unicodedata.normalize("NFKD", text.replace("ø", "o"))
    return "".join(c for c in spread if not unicodedata.combining(c)).upper()


def draw_person(rng: Random, *, last: str = "") -> Person:
    """Draws a holder; `last` makes it one of a family."""
    roll = rng.random()
    if roll < 0.05 and not last:
        return Person("", "", "", firm=f"{rng.choice(_FIRM_FORMS)} {_firm_name(rng)}")
    if not last:
        last = rng.choice(_COMMON_LAST) if rng.random() < 0.25 else rng.choice(_LAST)
    if roll < 0.27:
        return Person("M. et Mme", rng.choice(_MEN), last, other=rng.choice(_WOMEN))
    if roll < 0.62:
        maiden = rng.choice(_LAST) if rng.random() < 0.12 else ""
        return Person("Mme", rng.choice(_WOMEN), last, maiden=maiden)
    return Person("M.", rng.choice(_MEN), last)


def _firm_name(rng: Random) -> str:
    word = rng.choice(_FIRM_WORDS)
    if rng.random() < 0.4:
        return f"{word} {rng.choice(_LAST)}"
    article = "des" if word.endswith("s") else "du"
    return f"{article} {word}" if rng.random() < 0.5 else f"{word} {rng.randint(1, 99)}"


def as_holder(person: Person, style: int) -> str:
    """Returns the name as the office wrote it: one of three house styles."""
    if person.firm:
        return person.firm
    if style == 0:
        return f"{person.last.upper()} {person.first}"
    if style == 1:
        both = f"{person.first} et {person.other}" if person.other else person.first
        return f"{person.title} {both} {person.last.upper()}"
    born = f" née {person.maiden.upper()}" if person.maiden else ""
    return f"{person.title} {person.last.upper()} {person.first}{born}"


def as_payer(person: Person, rng: Random, *, hard: bool) -> str:
    """Returns the name as a payer's bank writes it.

    Swapped, without accents, with or without a title, a couple's, an initial, a maiden name;
    with a typing mistake now and then on the hard portfolio.
    """
    if person.firm:
        return plain(person.firm) if rng.random() < 0.8 else person.firm
    first = person.other if person.other and rng.random() < 0.3 else person.first
    last = person.maiden if person.maiden and rng.random() < 0.3 else person.last
    title = rng.choice(("M. ", "M ", "MR ", "MONSIEUR ")) if person.title == "M." else "MME "
    form = rng.random()
    if person.other and form < 0.45:
        name = rng.choice(
            (f"M ET MME {last} {person.first}", f"M OU MME {last} {person.first}",
             f"{last} {person.first} ET {person.other}")
        )  # fmt: skip
    elif form < 0.35:
        name = f"{title}{last} {first}"
    elif form < 0.6:
        name = f"{first} {last}"
    elif form < 0.88:
        name = f"{last} {first}"
    elif form < 0.96 or not hard:
        name = f"{title}{last} {first[0]}" if rng.random() < 0.5 else f"{first[0]}. {last}"
    else:
        name = f"{title}{last}"
    if hard and rng.random() < 0.04:
        name = _mistyped(name, rng)
    return plain(name) if rng.random() < 0.8 else name


def _mistyped(text: str, rng: Random) -> str:
    at = rng.randrange(1, len(text) - 1)
    roll = rng.random()
    if roll < 0.35:
        return text[:at] + text[at + 1 :]
    if roll < 0.7:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def draw_iban(rng: Random) -> str:
    """Draws a French IBAN whose two keys are right."""
    bank, branch = rng.choice(_BANKS), rng.randrange(100, 99999)
    number = rng.randrange(10_000_000, 99_999_999_999)
    key = 97 - (89 * bank + 15 * branch + 3 * number) % 97
    body = f"{bank:05d}{branch:05d}{number:011d}{key:02d}"
    return f"FR{98 - int(body + '152700') % 97:02d}{body}"
