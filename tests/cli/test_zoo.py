"""`archspec zoo`: what ships, as a list, as text, as files of one's own."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from archspec.analysis import Entry, zoo_entries
from archspec.analysis.zoo import source_of
from archspec.cli.options import zoo_names
from archspec.rendering import zoo_list
from archspec.schema import find, snake, sources, zoo, zoo_files
from tests.cli.test_commands import archspec
from tests.helpers import check, spec_of

ROOT = Path(__file__).resolve().parents[2]
PAPER = 'cite paper {\n  title = "P"\n  authors = "A, B"\n  venue = "V 1"\n  year = 1999\n}\n'
OTHER = 'cite other {\n  title = "O"\n  authors = "C"\n  year = 2001\n}\n'
TOOL = 'cite tool {\n  title = "T"\n  version = "0.1"\n  year = 1990\n}\n'


def net(name: str, *expectations: str) -> str:
    lines = "".join(f"    {line}\n" for line in expectations)
    return f"arch {name} {{\n  input 1x8x8\n  conv(2, 3)\n  expect {{\n{lines}  }}\n}}\n"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A zoo of one's own, empty at first."""
    folder = tmp_path / "specs"
    (folder / "history").mkdir(parents=True)
    (folder / "course").mkdir()
    monkeypatch.setattr(sources, "zoo_folder", lambda: folder)
    zoo.cache_clear()
    yield folder
    zoo.cache_clear()


# --- which networks ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return list(zoo_entries())


def test_every_network_of_the_zoo_is_listed_once(shipped):
    names = [entry.name for entry in shipped]
    assert {"lenet5", "lenet5_modern"} <= set(names) <= {snake(arch) for arch in zoo()}
    assert len(names) == len(set(names))
    assert {path.suffix for path in zoo_files()} == {".arch"}


def test_history_belongs_to_the_zoo_and_exercises_do_not(shelf):
    (shelf / "b.arch").write_text(net("B"))
    (shelf / "history" / "a.arch").write_text(net("Old"))
    (shelf / "course" / "k3.arch").write_text(net("K3"))
    assert [entry.name for entry in zoo_entries()] == ["b", "old"]
    assert find("old").arch == "Old"
    assert find("zoo:a").source.path == shelf / "history" / "a.arch"


def test_a_family_is_listed_through_its_variants(shelf):
    family = "arch Family(n=2) {\n  input 1x8x8\n  conv(n, 3)\n}\n"
    (shelf / "family.arch").write_text(f"{family}arch Three = Family(n=3)\n")
    (shelf / "other.arch").write_text(
        f'from "./family.arch" import Family\narch Four = Family(n=4)\n{family.replace("F", "G")}'
    )
    assert [entry.name for entry in zoo_entries()] == ["three", "four", "gamily"]
    assert find("family").arch == "Family"


def test_a_network_with_a_title_is_listed_beside_its_variants(shelf):
    titled = 'arch Net(n=2) "The net" {\n  input 1x8x8\n  conv(n, 3)\n}\narch Wide = Net(n=9)\n'
    (shelf / "net.arch").write_text(titled)
    assert [entry.name for entry in zoo_entries()] == ["net", "wide"]


@pytest.mark.parametrize("spelling", ["GoogLeNet", "googlenet", "GoogleNet", "GoogleLeNet"])
def test_spellings_of_one_name(shelf, spelling):
    (shelf / "inception.arch").write_text(net("GoogLeNet"))
    assert find(spelling).arch == "GoogLeNet"
    assert find(f"zoo:{spelling}").arch == "GoogLeNet"


# --- what is told of them ---------------------------------------------------------------------


def test_the_numbers_are_those_of_the_report(shipped):
    (entry,) = (entry for entry in shipped if entry.name == "lenet5")
    assert (entry.params, entry.macs, entry.depth, entry.rf) == (60_000, 326_520, 4, (32, 32))
    assert (entry.title, entry.file, entry.year) == ("LeNet-5 (1998)", "lenet5.arch", 1998)


@pytest.mark.parametrize(
    ("cites", "expectations", "source"),
    [
        (PAPER + OTHER, (), "paper"),
        (PAPER + OTHER, ("params == 20 from other",), "other"),
        (PAPER + OTHER, ("params == 20 from derived",), "paper"),
        (TOOL + PAPER, ("params == 20 from tool",), "paper"),
        (TOOL + PAPER + OTHER, ("params == 20 from tool", "params > 1 from other"), "other"),
        (TOOL, (), "tool"),
        ("", (), None),
    ],
    ids=["first", "named", "derived", "over a tool", "named over named tool", "tool", "none"],
)
def test_a_publication_its_own_expectations_name_is_its_source(cites, expectations, source):
    found = source_of(spec_of(cites + net("A", *expectations)))
    assert (found.name if found else None) == source


def test_the_first_publication_of_a_file_needs_no_other_use():
    def idle(cites: str) -> list[str]:
        return [found.message for found in check(cites + net("A")) if found.code == "W401"]

    assert idle(PAPER) == []
    assert idle(TOOL + PAPER + OTHER) == [
        f"source `{name}` is never used" for name in ("tool", "other")
    ]


def entry(name: str, text: str = "", **changed: object) -> Entry:
    spec = spec_of(text + net("A"))
    known = {"params": 1234567, "macs": 0, "depth": 3, "rf": (3, 5), "source": source_of(spec)}
    return Entry(name=name, arch="A", title="A | B", file="a.arch", **{**known, **changed})


def test_the_oldest_come_first_and_what_has_no_year_last():
    entries = [entry("z", PAPER), entry("a"), entry("b", OTHER), entry("c", PAPER)]
    assert [found.name for found in zoo_list.by_year(entries)] == ["c", "z", "b", "a"]


def test_numbers_in_names_are_numbers():
    names = ["r101", "r18_bn", "r18", "r50", "q", "r9_2", "r9_10"]
    listed = [found.name for found in zoo_list.by_year(map(entry, names))]
    assert listed == ["q", "r9_2", "r9_10", "r18", "r18_bn", "r50", "r101"]


@pytest.mark.parametrize(
    ("width", "dropped"),
    [(120, set()), (73, set()), (72, {"title"}), (47, {"title"}), (46, {"title", "source"})],
)
def test_a_narrow_terminal_gets_fewer_columns_and_all_of_each_number(width, dropped):
    """4 + 4 + 9 + 4 + 5 + 3 + 6 columns, 24 for the title at least, and 2 between each two."""
    long = entry("a", PAPER)
    console = Console(width=width, file=io.StringIO())
    console.print(zoo_list.table([replace(long, title="A title that is long " * 3)], width))
    header, first, *_ = console.file.getvalue().splitlines()
    assert set(zoo_list._HEADER) - set(header.split()) == dropped
    assert "1,234,567" in first
    assert ("paper" in first) == ("source" not in dropped)
    assert max(map(len, (header.rstrip(), first.rstrip()))) <= width


def test_markdown_shows_the_place_and_keeps_its_columns():
    unknown = entry("b", TOOL, rf=None, params=None)
    assert zoo_list.markdown([entry("a", PAPER), unknown]).splitlines()[2:] == [
        "| `a` | A &#124; B | 1999 | 1,234,567 | 0 | 3 | 3x5 | V 1 |",
        "| `b` | A &#124; B |  | ? | 0 | 3 | all | T 0.1 |",
    ]


def test_csv_has_plain_integers():
    rows = list(csv.DictReader(io.StringIO(zoo_list.comma_separated([entry("a", PAPER)]))))
    assert rows == [
        {
            "name": "a",
            "arch": "A",
            "title": "A | B",
            "file": "a.arch",
            "year": "1999",
            "params": "1234567",
            "macs": "0",
            "depth": "3",
            "rf_rows": "3",
            "rf_columns": "5",
            "cite": "paper",
            "source": "V 1",
        }
    ]


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path):
    """The package with another zoo inside, as a wheel has it: its folder and the environment."""
    site = tmp_path / "site"
    shutil.copytree(ROOT / "archspec", site / "archspec", ignore=shutil.ignore_patterns("*.npz"))
    specs = site / "archspec" / "specs"
    specs.mkdir()
    (specs / "deep.arch").write_text("block b() { conv(2, 3) }\n")
    (specs / "parts.arch").write_text('from "./deep.arch" import b\nblock c() { b }\n')
    (specs / "net.arch").write_text(
        'from "./parts.arch" import c\narch Net {\n  input 1x8x8\n  c\n}\n'
    )
    return {"PYTHONPATH": str(site)}


def test_the_list_needs_no_word(tmp_path, installed):
    done = archspec("zoo", folder=tmp_path, env=installed)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == archspec("zoo", "list", folder=tmp_path, env=installed).stdout
    header, *rows = done.stdout.decode().splitlines()
    assert header.split() == "name title year params MACs depth rf source".split()
    assert [row.split() for row in rows] == [["net", "20", "648", "1", "3x3"]]


def test_the_formats_hold_the_same_networks(tmp_path, installed):
    answer = json.loads(archspec("zoo", "--format", "json", folder=tmp_path, env=installed).stdout)
    assert (answer["schema"], answer["command"]) == ("archspec.zoo/1", "zoo")
    (network,) = answer["data"]["networks"]
    assert (network["name"], network["params"], network["rf"]) == ("net", 20, [3, 3])
    text = archspec("zoo", "--format", "csv", folder=tmp_path, env=installed).stdout.decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["name"], row["params"], row["rf_rows"]) == ("net", "20", "3")
    lines = (
        archspec("zoo", "--format", "md", folder=tmp_path, env=installed)
        .stdout.decode()
        .splitlines()
    )
    assert lines[2] == "| `net` |  |  | 20 | 648 | 1 | 3x3 |  |"


def test_a_broken_spec_is_told_and_not_listed(tmp_path, installed):
    broken = tmp_path / "site" / "archspec" / "specs" / "broken.arch"
    broken.write_text("arch Broken {\n  input\n")
    done = archspec("zoo", "--json", folder=tmp_path, env=installed)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["exit_code"], answer["data"]) == (1, 1, {})
    assert {found["severity"] for found in answer["diagnostics"]} == {"error"}


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("zoo show lenet5", 0, "note: "),
        ("zoo show lenet6", 3, "did you mean `lenet5`?"),
        ("zoo show ./lenet5.arch", 3, "neither a file nor a network of the zoo"),
        ("zoo show", 2, "Missing argument 'NAME'"),
        ("zoo copy lenet5", 2, "Missing argument 'DIR'"),
        ("zoo copy lenet6 .", 3, "did you mean `lenet5`?"),
        ("zoo copy lenet5 file/below", 3, "not a directory"),
        ("zoo lenet5", 2, "No such command 'lenet5'"),
        ("zoo --frmat csv", 2, "'--format'"),
        ("zoo --help", 0, ""),
    ],
)
def test_exit_codes(tmp_path, line, code, message):
    (tmp_path / "file").write_text("")
    done = archspec(*line.split(), folder=tmp_path)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
    assert message in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_help_names_the_three():
    said = archspec("zoo", "-h").stdout.decode()
    assert [word for word in ("list", "show", "copy") if f"\n  {word} " not in said] == []


def test_show_prints_the_text_and_nothing_else():
    done = archspec("zoo", "show", "LeNet5Modern")
    assert done.stdout == (ROOT / "specs" / "lenet5.arch").read_bytes()
    assert done.stderr.decode() == f"note: {ROOT / 'specs' / 'lenet5.arch'}\n"
    assert archspec("zoo", "show", "lenet5", "-q").stderr == b""
    data = json.loads(archspec("zoo", "show", "lenet5", "--json").stdout)["data"]
    assert data["text"].encode() == done.stdout


def test_copy_makes_a_file_that_works(tmp_path):
    done = archspec("zoo", "copy", "lenet5", "mine", folder=tmp_path)
    assert done.stdout.decode() == f"{Path('mine') / 'lenet5.arch'}\n"
    original = (ROOT / "specs" / "lenet5.arch").read_bytes()
    assert (tmp_path / "mine" / "lenet5.arch").read_bytes() == original
    assert archspec("check", "mine/lenet5.arch", folder=tmp_path).returncode == 0
    assert archspec("zoo", "copy", "lenet5", "mine", folder=tmp_path).returncode == 0


def test_copy_overwrites_only_when_told(tmp_path):
    mine = tmp_path / "lenet5.arch"
    mine.write_text("mine")
    done = archspec("zoo", "copy", "lenet5", ".", folder=tmp_path)
    assert done.returncode == 3
    assert "`lenet5.arch` exists already" in done.stderr.decode()
    assert "--force" in done.stderr.decode()
    assert mine.read_text() == "mine"
    assert archspec("zoo", "copy", "lenet5", ".", "--force", folder=tmp_path).returncode == 0
    assert mine.read_bytes() == (ROOT / "specs" / "lenet5.arch").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["lenet5.arch"]


def test_copy_takes_along_what_is_imported(tmp_path, installed):
    done = archspec("zoo", "copy", "net", "mine", folder=tmp_path, env=installed)
    written = [Path(line).name for line in done.stdout.decode().splitlines()]
    assert written[0] == "net.arch"
    assert sorted(written) == ["deep.arch", "net.arch", "parts.arch"]
    assert archspec("check", "mine/net.arch", folder=tmp_path).returncode == 0


def test_copy_writes_all_or_nothing(tmp_path, installed):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "deep.arch").write_text("other")
    done = archspec("zoo", "copy", "net", "mine", folder=tmp_path, env=installed)
    assert done.returncode == 3
    assert [path.name for path in mine.iterdir()] == ["deep.arch"]


# --- the shell --------------------------------------------------------------------------------


def test_names_are_completed():
    assert zoo_names(None, None, "LeNet5") == [
        "lenet5",
        "lenet5_fullc3",
        "lenet5_modern",
        "lenet5_onemap",
    ]
    assert zoo_names(None, None, "qq") == []


def test_the_shell_asks_and_gets_them():
    asked = {"_ARCHSPEC_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    done = archspec(env={**asked, "COMP_WORDS": "archspec zoo show lenet5_m"})
    assert done.stdout.decode() == "plain,lenet5_modern\n"


def completed(*words: str, folder: Path | None = None) -> list[str]:
    asked = {"_ARCHSPEC_COMPLETE": "bash_complete", "COMP_CWORD": str(len(words) - 1)}
    done = archspec(env={**asked, "COMP_WORDS": " ".join(words)}, folder=folder)
    return [line.removeprefix("plain,") for line in done.stdout.decode().split("\n") if line]


def test_the_architectures_of_a_file_are_completed(tmp_path):
    (tmp_path / "a.arch").write_text(
        "arch One { input 1\n relu }\narch Only = One()\narch Two = One\n"
    )
    assert completed("archspec", "check", "a.arch:O", folder=tmp_path) == [
        "a.arch:One",
        "a.arch:Only",
    ]
    assert completed("archspec", "check", "none.arch:O", folder=tmp_path) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("explain lenet5 C", ["C1", "C3", "C5"]),
        ("explain lenet5 C1.", ["C1.conv", "C1.squash"]),
        ("expand lenet5 --path F6.l", ["F6.linear"]),
        ("render googlenet --expand i4", ["i4a", "i4b", "i4c", "i4d", "i4e"]),
        ("explain none C", []),
    ],
)
def test_paths_are_completed_level_by_level(words, expected):
    assert completed("archspec", *words.split()) == expected


@pytest.mark.parametrize(
    "verb",
    ["analyze", "check", "compile", "diff", "diff lenet5", "expand", "explain", "render", "train"],
)
def test_a_target_is_completed_by_files_and_the_zoo(verb):
    assert completed("archspec", *verb.split(), "lenet5_m") == ["file,lenet5_m", "lenet5_modern"]
