"""Every verb as a user types it: what it prints, where, and what it exits with."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LENET = str(ROOT / "specs" / "lenet5.arch")
RIGHT = "arch A {\n  input 1x8x8\n  conv(2, 3)\n  expect { params == 20 from derived }\n}\n"
WRONG = RIGHT.replace("20", "21")


def archspec(*arguments, text=None, folder=None, env=None):
    """A whole process; bytes in, bytes out, so that encodings are the process's own."""
    return subprocess.run(
        [sys.executable, "-m", "archspec", *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        check=False,
    )


@pytest.fixture
def specs(tmp_path):
    """A folder with one right and one wrong spec."""
    (tmp_path / "right.arch").write_text(RIGHT)
    (tmp_path / "wrong.arch").write_text(WRONG)
    (tmp_path / "broken.arch").write_text("arch A {\n  input 1x8x8\n  cnov(2, 3)\n}\n")
    (tmp_path / "latin.arch").write_bytes(b"arch A {\n  # \xff\n}\n")
    (tmp_path / "empty.arch").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("check right.arch", 0),
        ("check wrong.arch", 1),
        ("check broken.arch", 1),
        ("check empty.arch", 1),
        ("check right.arch missing.arch", 3),
        ("check missing.arch wrong.arch", 3),
        ("check latin.arch", 3),
        ("check .", 3),
        ("analyze right.arch", 0),
        ("analyze wrong.arch", 1),
        ("analyze broken.arch", 1),
        ("analyze missing.arch", 3),
        ("analyze lenet55", 3),
        ("analyze right.arch:B", 1),
        ("analyze right.arch --input 1x2", 2),
        ("analyze right.arch --batch 0", 2),
        ("analyze right.arch right.arch --tree", 2),
        ("analyze right.arch --tree --json", 2),
        ("analyze right.arch --fromat json", 2),
        ("analyze", 2),
        ("explain right.arch conv.params", 0),
        ("explain right.arch nothing", 1),
        ("explain conv", 0),
        ("explain conv C1", 3),
        ("explain right.arch conv.parms", 1),
        ("explain right.arch --set depth", 2),
        ("render right.arch -o right.svg", 0),
        ("render right.arch -o right.jpg", 2),
        ("render right.arch -o right.pdf", 0),
        ("render right.arch -o right.mmd", 0),
        ("render right.arch -o right.mmd --to dot", 2),
        ("render right.arch -o - --to mermaid", 0),
        ("render right.arch -o - --detail op --theme dark --color-by macs", 0),
        ("render right.arch -o - --depth 1 --expand conv", 0),
        ("render right.arch -o - --expand cnov", 1),
        ("render right.arch -o - --detail everything", 2),
        ("render right.arch -o - --only conv --unroll --no-heads", 0),
        ("render right.arch -o - --only cnov", 1),
        ("render right.arch -o - --show shape,macs", 0),
        ("render right.arch -o - --show shapes", 2),
        ("analyze right.arch --tree", 0),
        ("render wrong.arch -o wrong.svg", 1),
        ("render missing.arch -o missing.svg", 3),
        ("render right.arch -o right.svg --to png", 2),
        ("render right.arch -o - --json", 2),
        ("render right.arch -o right.svg --timeout nan", 2),
        ("render right.arch -o nowhere/right.svg", 3),
        ("render right.arch -o right.svg --engine no-such-engine", 3),
        ("compile right.arch -o right.py", 0),
        ("compile broken.arch -o broken.py", 1),
        ("compile right.arch -o nowhere/right.py", 3),
        ("compile right.arch -o x/", 2),
        ("train right.arch --dry-run", 1),
        ("train missing.arch", 3),
        ("train right.arch --device tpu", 2),
        ("evaluate nowhere", 3),
        ("zoo show lenet5", 0),
        ("nonsense", 2),
        ("--help", 0),
        ("--version", 0),
    ],
)
def test_exit_code(specs, line, code):
    done = archspec(*line.split(), folder=specs)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"\x1b[" not in done.stdout + done.stderr, "colour in a pipe"


def test_a_failed_picture_or_source_leaves_no_file(specs):
    archspec("render", "right.arch", "-o", "a.svg", "--engine", "no-such-engine", folder=specs)
    archspec("compile", "broken.arch", "-o", "a.py", folder=specs)
    assert not {"a.svg", "a.py"} & {path.name for path in specs.iterdir()}


def test_the_file_beats_the_zoo_and_zoo_forces_it(specs):
    (specs / "lenet5").write_text(RIGHT)
    assert archspec("analyze", "lenet5", folder=specs).stdout.startswith(b"A ")
    assert archspec("analyze", "zoo:lenet5", folder=specs).stdout.startswith(b"LeNet5 ")


def test_a_failed_expectation_is_a_warning_to_who_goes_on(specs):
    """Compiling and training go on; a right spec says nothing."""
    warning = b"warning: A: `params == 21 from derived` does not hold: archspec check tells more\n"
    assert archspec("compile", "wrong.arch", folder=specs).stderr == warning
    assert archspec("train", "wrong.arch", "--dry-run", folder=specs).stderr.startswith(warning)
    done = archspec("compile", "right.arch", "-o", "a.py", folder=specs)
    assert (done.returncode, done.stderr) == (0, b"")


def test_explain_leaves_notes_to_analyze(tmp_path):
    text = "arch A { input 4x8x8\nmaxpool(3, stride=1, pad=1)\nconv(2, 1) }\n"
    (tmp_path / "padded.arch").write_text(text)
    assert b"(N206)" in archspec("analyze", "padded.arch", folder=tmp_path).stderr
    done = archspec("explain", "padded.arch", "conv.params", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_zoo_names_work_from_any_folder(tmp_path):
    for name in ("lenet5", "LeNet5", "lenet-5", "lenet5_modern"):
        assert archspec("analyze", name, folder=tmp_path).returncode == 0


def test_several_archs_and_no_name_is_noted():
    done = archspec("analyze", LENET)
    assert done.stdout.startswith(b'LeNet5 "LeNet-5 (1998)"')
    assert b"note: LeNet5, 1 of 4" in done.stderr
    assert archspec("analyze", LENET, "-q").stderr == b""
    assert archspec("analyze", f"{LENET}:LeNet5Modern").stdout.startswith(b"LeNet5Modern")


def test_standard_input(specs):
    done = archspec("check", "-", text=WRONG)
    assert done.returncode == 1
    assert b"<stdin>:4:12" in done.stdout
    assert (
        b"my.arch:4:12" in archspec("check", "-", "--stdin-filename", "my.arch", text=WRONG).stdout
    )
    assert archspec("check", "-", text=b"\xff").returncode == 3


@pytest.mark.parametrize("verb", ["analyze", "explain", "render", "compile", "expand"])
def test_standard_input_has_the_name_it_is_given(verb, tmp_path):
    text = "arch A {\n  input 1x8x8\n  cnov(2, 3)\n}\n"
    done = archspec(verb, "-", "--stdin-filename", "my.arch", text=text, folder=tmp_path)
    assert done.returncode == 1
    assert b"my.arch:3:3" in done.stderr


def test_check_prints_its_diagnostics_on_standard_output(specs):
    done = archspec("check", "wrong.arch", folder=specs)
    assert done.stderr == b""
    assert done.stdout.decode() == (
        "error[X001]: params == 21 does not hold\n"
        " --> wrong.arch:4:12\n"
        "4 |   expect { params == 21 from derived }\n"
        "  |            ^^^^^^ computed 20, expected 21 (-4.76%)\n"
        "wrong.arch  A  1 error, 0 warnings\n"
        "1 error in 1 file\n"
    )


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("short", "wrong.arch:4:12: X001 params == 21 does not hold"),
        ("github", "::error file=wrong.arch,line=4"),
    ],
)
def test_check_for_other_readers(specs, form, line):
    done = archspec("check", "wrong.arch", "--format", form, folder=specs)
    assert done.stdout.decode().startswith(line)
    assert done.returncode == 1


def test_strict_fails_on_a_warning(specs):
    (specs / "unsourced.arch").write_text(RIGHT.replace(" from derived", ""))
    assert archspec("check", "unsourced.arch", folder=specs).returncode == 0
    assert archspec("check", "unsourced.arch", "--strict", folder=specs).returncode == 1


@pytest.mark.parametrize(
    "verb", ["analyze", "check", "explain", "render", "compile", "doctor", "zoo"]
)
def test_json_is_one_object_with_the_same_envelope(verb, tmp_path):
    more = {"explain": ["C3.params"], "render": ["-o", "a.dot"], "compile": ["-o", "a.py"]}
    target = {"doctor": [], "zoo": ["show", "lenet5"]}.get(verb, ["lenet5"])
    done = archspec(verb, *target, *more.get(verb, []), "--json", folder=tmp_path)
    answer = json.loads(done.stdout)
    keys = "schema tool command targets status exit_code diagnostics data"
    assert " ".join(answer) == keys
    assert answer["schema"] == f"archspec.{verb}/1"
    assert answer["exit_code"] == done.returncode == 0


def test_json_names_the_engine_of_a_picture(specs):
    done = archspec("render", "right.arch", "-o", "a.svg", "--json", folder=specs)
    data = json.loads(done.stdout)["data"]
    assert data["file"] == "a.svg"
    assert Path(data["engine"]["program"]).is_file()
    assert re.fullmatch(r"graphviz(-pure)? [\d.]+", data["engine"]["version"])
    done = archspec("render", "right.arch", "-o", "a.dot", "--json", folder=specs)
    assert json.loads(done.stdout)["data"] == {"file": "a.dot"}


def test_json_is_printed_on_errors_too(specs):
    done = archspec("analyze", "wrong.arch", "missing.arch", "--json", folder=specs)
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["exit_code"]) == ("error", 3)
    assert [found["code"] for found in answer["diagnostics"]] == ["E001", "X001"]
    assert len(answer["data"]["reports"]) == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "utf-8"])
def test_no_code_page_is_too_narrow(tmp_path, encoding):
    """Korean titles and labels on any stream: no crash, and right where it can be."""
    text = 'arch A "르넷" {\n  input 1x8x8\n  conv(2, 3)   => 2x7x7   # 틀린 크기\n}\n'
    for verb in ("check", "analyze"):
        done = archspec(verb, "-", text=text, env={"PYTHONIOENCODING": encoding})
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        assert b"E303" in done.stdout + done.stderr
    if encoding != "ascii":
        assert "르넷".encode(encoding) in done.stdout


@pytest.mark.parametrize("reader", ["head -1", "true"])
@pytest.mark.parametrize("verb", ["analyze", "compile", "check", "explain"])
def test_a_closed_pipe_ends_silently(verb, reader):
    """Also where nobody reads a single line."""
    command = f"{sys.executable} -m archspec {verb} lenet5 -q | {reader}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_system_refuses_is_no_bug(tmp_path):
    full = f"{sys.executable} -m archspec analyze lenet5 > /dev/full"
    closed = f"{sys.executable} -m archspec analyze lenet5 >&-"
    for command, code in ((full, 3), (closed, 0)):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_source_in_a_pipe_is_utf8_whatever_the_code_page(tmp_path):
    text = "## 르넷\narch A {\n  input 1x8x8\n  conv(2, 3)\n}\n"
    done = archspec("compile", "-", text=text, env={"PYTHONIOENCODING": "cp949"})
    assert "르넷" in done.stdout.decode("utf-8")


def test_each_arch_of_a_file_is_judged_by_all_its_errors(tmp_path):
    text = "let q = 1 / 0\n" + RIGHT + RIGHT.replace("arch A", "arch B")
    lines = archspec("check", "-", text=text).stdout.decode().splitlines()[-4:-2]
    assert [line.split()[1:3] for line in lines] == [["A", "1"], ["B", "1"]]


def test_too_many_nodes_are_refused():
    blocks = "".join(f"block b{i}() {{ b{i + 1} -> b{i + 1} }}\n" for i in range(30))
    text = f"{blocks}block b30() {{ relu }}\narch A {{\n  input 3\n  b0\n}}\n"
    done = archspec("check", "-", "--format", "short", text=text)
    assert done.returncode == 3
    assert b"E005 `b0` makes at least 3,221,225,471 links; 400,000 are the limit" in done.stdout


def test_a_bug_says_that_it_is_one(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import archspec.graph.loading as loading\n"
        "def broken(*_, **__): raise ZeroDivisionError('oops')\n"
        "loading.parse = broken\n"
    )
    done = archspec("analyze", "lenet5", env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert done.returncode == 1
    assert done.stderr.startswith(b"this is a bug in archspec, not in your file")


@pytest.mark.parametrize(
    "line",
    [
        "analyze lenet5",
        "check lenet5",
        "explain lenet5 C3.params",
        "render lenet5 -o a.svg",
        "compile lenet5 -o a.py",
        "zoo",
        "--help",
    ],
)
def test_torch_numpy_and_torchvision_are_not_imported(line, tmp_path):
    code = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'numpy', 'matplotlib'): sys.modules[name] = None\n"
        "from archspec.cli.main import main\n"
        f"main({line.split()!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_help_imports_neither_the_parser_nor_the_schema():
    code = (
        "import sys\n"
        "from archspec.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print({'lark', 'pydantic', 'networkx'} & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


def test_a_misspelled_verb_and_option_get_a_suggestion():
    assert b"Did you mean `check`?" in archspec("chek", "x").stderr
    assert b"--format" in archspec("analyze", "lenet5", "--fromat", "json").stderr


def test_explain_answers_without_the_hints_of_check(tmp_path):
    done = archspec("explain", "resnet18", "params", folder=tmp_path)
    assert done.stdout.startswith(b"params = 11,689,512\n")
    assert (done.returncode, done.stderr) == (0, b"")
