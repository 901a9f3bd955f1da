"""Where the buildings stand: names, streets and towns. The first six are the default demo's."""

from workbench.demo.chance import Chance

COOWNERSHIP_NAMES = (
    "Résidence Les Tilleuls", "Résidence du Canal", "Les Glycines", "Le Clos Saint-Martin",
)  # fmt: skip
RENTAL_NAMES = ("8 quai des Brumes", "Villa Montjoie")
_FLOWERS = (
    "Acacias", "Bleuets", "Camélias", "Dahlias", "Érables", "Fougères", "Genêts", "Hortensias",
    "Iris", "Jonquilles", "Lilas", "Magnolias", "Noisetiers", "Oliviers", "Platanes", "Roseaux",
)  # fmt: skip
_KINDS = ("Résidence", "Le Parc", "Le Clos", "Les Jardins", "Le Domaine", "Les Terrasses")
_STREETS = (
    "rue Paul Bert", "avenue Jean Jaurès", "rue des Écoles", "quai des Brumes", "rue de la Gare",
    "boulevard de la Liberté", "chemin du Moulin", "rue Victor Hugo", "place de la Mairie",
    "rue du Canal", "allée des Glycines", "rue Saint-Martin", "cours Émile Zola", "rue Pasteur",
)  # fmt: skip
TOWNS = (
    ("69003", "Lyon"), ("69100", "Villeurbanne"), ("69600", "Oullins"),
    ("69300", "Caluire-et-Cuire"), ("69007", "Lyon"), ("69400", "Villefranche-sur-Saône"),
    ("38200", "Vienne"), ("42000", "Saint-Étienne"), ("21000", "Dijon"),
    ("44000", "Nantes"), ("35000", "Rennes"), ("49000", "Angers"),
    ("31000", "Toulouse"), ("33000", "Bordeaux"), ("67000", "Strasbourg"), ("59000", "Lille"),
)  # fmt: skip
_HOUSING_AID = {
    "69": "CAF DU RHONE", "38": "CAF DE L ISERE", "42": "CAF DE LA LOIRE",
    "21": "CAF DE LA COTE D OR", "44": "CAF DE LOIRE ATLANTIQUE",
    "35": "CAF D ILLE ET VILAINE", "49": "CAF DE MAINE ET LOIRE",
    "31": "CAF DE LA HAUTE GARONNE", "33": "CAF DE LA GIRONDE", "67": "CAF DU BAS RHIN",
    "59": "CAF DU NORD",
}  # fmt: skip


def building_name(chance: Chance, *, kind: str, rank: int) -> str:
    """Returns the name of the `rank`-th (from 0) building of its kind."""
    names = COOWNERSHIP_NAMES if kind == "coownership" else RENTAL_NAMES
    if rank < len(names):
        return names[rank]
    if kind == "rental" and chance.happens(0.5):
        return f"{chance.between(2, 98)} {chance.pick(_STREETS)}"
    return f"{chance.pick(_KINDS)} des {chance.pick(_FLOWERS)}"


def address(chance: Chance) -> str:
    """Returns a number and a street."""
    return f"{chance.between(1, 120)} {chance.pick(_STREETS)}"


def housing_aid_office(postcode: str) -> str:
    """Returns how the bank writes the family-allowance office of that place."""
    return _HOUSING_AID[postcode[:2]]
