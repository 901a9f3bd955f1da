"""The office's configuration: what it may say, and what is said when it says something else."""

from pathlib import Path

import pytest

from workbench.domain.errors import ParameterError
from workbench.ledger.store import open_ledger
from workbench.loaders.remote import Address
from workbench.matching.sampling import DEFAULT_RULES, SamplingRules
from workbench.pipeline.settings import Office, Settings, archive_of, load_settings

PASSWORD = "hunter2"  # noqa: S105 - of no server
IBAN = "FR7630006000011234567890189"
TOP = Path(__file__).parents[3]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_CONFIG", raising=False)
    return tmp_path / "workbench.toml"


def test_without_a_file_nothing_is_configured(write: Path) -> None:
    assert load_settings() == Settings()


def test_everything_that_can_be_said(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_PASSWORD", PASSWORD)
    write.write_text(
        f"""
        [[sources]]
        name = "dépôt"
        url = "relevés"
        [[sources]]
        name = "SFTP de la banque"
        url = "sftp://office@bank.example:2222/out"
        pattern = "*/*.xml"
        exclude = ["*.pdf"]
        iban = "{IBAN[:4]} {IBAN[4:]}"
        password_variable = "BANK_PASSWORD"
        [[sources]]
        name = "ancienne"
        url = "s3://bucket/folder"
        enabled = false
        [archive]
        url = "s3://archive/bank"
        aws_profile = "office"
        [bank_files]
        profiles = "profils"
        """
    )
    settings = load_settings()
    assert settings.file == Path("workbench.toml")
    assert settings.archive == Address(url="s3://archive/bank", profile="office")
    assert settings.profiles == Path("profils")
    dropped, sftp = settings.sources
    assert (dropped.name, dropped.address.url, dropped.pattern) == ("dépôt", "relevés", "*")
    assert sftp.address == Address(url="sftp://office@bank.example:2222/out", password=PASSWORD)
    assert (sftp.pattern, sftp.exclude, sftp.iban) == ("*/*.xml", ("*.pdf",), IBAN)
    assert "hunter2" not in repr(settings)


def test_the_office_heads_its_letters(write: Path) -> None:
    write.write_text(
        """
        [office]
        name = "Cabinet Ardouin"
        lines = ["Syndic de copropriété", " ", "3 rue du Port, 69001 Lyon"]
        signatory = "C. Ardouin"
        place = "Lyon"
        """
    )
    assert load_settings().office == Office(
        name="Cabinet Ardouin", lines=("Syndic de copropriété", "3 rue du Port, 69001 Lyon"),
        signatory="C. Ardouin", place="Lyon",
    )  # fmt: skip


def test_folders_are_below_the_file(write: Path, tmp_path: Path) -> None:
    other = tmp_path / "office" / "w.toml"
    other.parent.mkdir()
    other.write_text('[[sources]]\nname = "a"\nurl = "in"\n[archive]\nurl = "kept"\n')
    settings = load_settings(other)
    assert settings.sources[0].address.local_path() == tmp_path / "office" / "in"
    assert settings.archive is not None
    assert settings.archive.local_path() == tmp_path / "office" / "kept"


def test_which_file(write: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write.write_text('[bank_files]\nprofiles = "here"\n')
    (tmp_path / "named.toml").write_text('[bank_files]\nprofiles = "named"\n')
    (tmp_path / "given.toml").write_text('[bank_files]\nprofiles = "given"\n')
    assert load_settings().profiles == Path("here")
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "named.toml"))
    assert load_settings().profiles == tmp_path / "named"
    assert load_settings(tmp_path / "given.toml").profiles == tmp_path / "given"
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(ParameterError, match=r"gone\.toml : ce fichier .* n'existe pas"):
        load_settings()


SOURCE = '[[sources]]\nname = "a"\nurl = "in"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[sources]\nname = "a"\n', r"sources : commencer chaque source par \[\[sources\]\]"),
        ("sources = 3", "sources : commencer"),
        ('archive = "x"', r"archive : écrire une section \[archive\]"),
        ('[[sources]]\nname = "a"\nurl = "in"\nurll = "x"', "sources n° 1, urll : clé inconnue"),
        ('[courriel]\nhost = "x"', "courriel : clé inconnue .au choix : sources, archive, bank_fi"),
        ('[office]\nplace = "Lyon"', "office, name : donner le nom du cabinet"),
        ('[office]\nname = "C"\nlines = "1 rue"', "office, lines : attendu une liste de textes"),
        ('[bank_files]\nprofile = "x"', "bank_files, profile : clé inconnue"),
        (SOURCE + "enabled = 1", "sources n° 1, enabled : attendu true ou false"),
        (SOURCE + 'exclude = "*.pdf"', "sources n° 1, exclude : attendu une liste de textes"),
        (SOURCE + "exclude = [1]", "sources n° 1, exclude : attendu une liste de textes"),
        (SOURCE + 'iban = "FR76 3000 6000 0112 3456 7890 188"', "iban : .* n'est pas un IBAN"),
        (SOURCE + 'pattern = "/etc/*"', "pattern : comme"),
        (SOURCE + 'pattern = "../*"', "pattern : comme"),
        (SOURCE + 'pattern = ""', "pattern : comme"),
        (SOURCE + SOURCE, "sources n° 2, name : « a » est déjà le nom"),
        ('[[sources]]\nurl = "in"', "sources n° 1, name : donner un nom court"),
        ('[[sources]]\nname = "a"', "sources n° 1, url : adresse vide"),
        ('[[sources]]\nname = "a/b"\nurl = "in"', "name : donner un nom court"),
        ("\na = b", r"ligne 2, colonne \d+ : ce n'est pas du TOML"),
        ("a = ", r"à la fin : ce n'est pas du TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(write: Path, text: str, words: str) -> None:
    write.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=words) as refused:
        load_settings()
    assert str(refused.value).startswith("workbench.toml")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sftp://office:hunter2@bank.example/out", "password_variable"),
        ("https://office:hunter2@bank.example/", "password_variable"),
        ("http://bank.example/", "utiliser https://"),
        ("ftp://bank.example/", "utiliser sftp://"),
        ("gopher://bank.example/", "protocole inconnu"),
        ("memory://bank", "protocole inconnu"),
        ("sftp:///out", "sans serveur"),
        ("sftp://bank.example:0/out", "sans serveur"),
        ("sftp://bank.example:port/out", "incomprise"),
        ("simplecache::https://bank.example/", "enchaînée"),
        ("s3://", "sans serveur"),
    ],
)
@pytest.mark.parametrize("key", ["sources", "archive"])
def test_addresses_that_cannot_be(write: Path, key: str, url: str, words: str) -> None:
    if key == "sources":
        write.write_text(f'[[sources]]\nname = "a"\nurl = "{url}"\n')
    else:
        write.write_text(f'[archive]\nurl = "{url}"\n')
    with pytest.raises(ParameterError, match=words) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/", "http://127.0.0.1/", "https://b.example"]
)
def test_in_clear_only_on_this_machine(write: Path, url: str) -> None:
    write.write_text(f'[[sources]]\nname = "a"\nurl = "{url}"\n')
    assert load_settings().sources[0].address.url == url


def test_a_password_is_named_never_written(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANK_PASSWORD", raising=False)
    line = '[[sources]]\nname = "a"\nurl = "sftp://o@b.example/"\npassword_variable = '
    write.write_text(line + '"BANK_PASSWORD"')
    with pytest.raises(ParameterError, match="la variable d'environnement BANK_PASSWORD est vide"):
        load_settings()
    write.write_text(line + '"BANK_PASSWORD"\nenabled = false')
    assert load_settings().sources == ()
    write.write_text(line + '"hunter 2!"')
    with pytest.raises(ParameterError, match="pas le mot de passe") as refused:
        load_settings()
    assert "hunter" not in str(refused.value)
    write.write_text(line.replace("sftp://o@b.example/", "in") + '"BANK_PASSWORD"')
    with pytest.raises(ParameterError, match="sans objet"):
        load_settings()
    write.write_text('[[sources]]\nname = "a"\nurl = "in"\naws_profile = "x"')
    with pytest.raises(ParameterError, match="aws_profile : seulement pour"):
        load_settings()


def test_another_encoding_is_said(write: Path) -> None:
    write.write_bytes('[[sources]]\nname = "dépôt"\nurl = "in"'.encode("cp1252"))
    with pytest.raises(ParameterError, match="l'enregistrer en UTF-8"):
        load_settings()
    write.write_bytes('[[sources]]\nname = "dépôt"\nurl = "in"'.encode("utf-8-sig"))
    assert load_settings().sources[0].name == "dépôt"


def test_the_archive_is_beside_the_ledger_unless_it_is_said(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path / 'office' / 'w.db'}", create=True) as ledger:
        beside = archive_of(Settings(), ledger)
        assert beside is not None
        assert beside.address.local_path() == tmp_path / "office" / "archive"
        said = archive_of(Settings(archive=Address(url="s3://b/c")), ledger)
        assert said is not None
        assert said.address.url == "s3://b/c"


@pytest.mark.postgres
def test_a_shared_ledger_has_no_archive_by_itself(postgres_url: str) -> None:
    with open_ledger(postgres_url, create=True) as ledger:
        assert archive_of(Settings(), ledger) is None


def test_the_example_is_right(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = (TOP / "workbench.toml.example").read_text(encoding="utf-8")
    write.write_text(example, encoding="utf-8")
    assert load_settings().sources == ()
    lines = [line.removeprefix("# ") if line.startswith("# ") else line for line in
             example.splitlines()]  # fmt: skip
    keys = [line for line in lines if line.startswith(("[", *"abcdefghijklmnopqrstuvwxyz"))]
    write.write_text("\n".join(k for k in keys if "=" in k or k.startswith("[")), encoding="utf-8")
    monkeypatch.setenv("BANQUE_MOT_DE_PASSE", "x")
    assert len(load_settings().sources) >= 3


def test_what_a_sample_tolerates(write: Path) -> None:
    assert load_settings().sampling == DEFAULT_RULES
    write.write_text("[matching]\ntolerated_percent = 1\ncertainty_percent = 99.0\n")
    assert load_settings().sampling == SamplingRules(tolerated=0.01, certainty=0.99)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tolerated_percent = 0", "plus de 0"),
        ("tolerated_percent = 50", "moins de 50"),
        ("certainty_percent = 100", "moins de 100"),
        ("certainty_percent = 50", "plus de 50"),
        ('tolerated_percent = "1"', "un nombre"),
        ("tolerated_percent = true", "un nombre"),
        ("tolerated_percent = nan", "plus de 0"),
        ("tolerance = 1", "clé inconnue"),
    ],
)
def test_a_tolerance_that_cannot_be(write: Path, line: str, words: str) -> None:
    write.write_text(f"[matching]\n{line}\n")
    with pytest.raises(ParameterError, match=words) as refused:
        load_settings()
    assert "matching, " in str(refused.value)
