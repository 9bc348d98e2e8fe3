"""What `analyze --json` prints is what its published schema says, for every shipped network."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from copy import deepcopy
from importlib.resources import files
from io import StringIO

import pytest
from jsonschema import Draft202012Validator

from archspec.analysis import DETAILS, analyze
from archspec.cli.analyze import command
from archspec.graph import load
from archspec.rendering.report_json import networks_data, report_data
from archspec.rendering.sheet import Layout
from archspec.schema import snake, zoo
from tests.helpers import arch, report_of

SCHEMA = json.loads(files("archspec.rendering").joinpath("schemas/analyze.json").read_text("utf-8"))
NAMES = sorted(snake(arch) for arch in zoo())


def closed(schema: object) -> object:
    """The same schema, where no key may be missing from it: additions have to be described."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in made and "required" in made and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


VALIDATOR = Draft202012Validator(closed(SCHEMA))
REPORT = VALIDATOR.evolve(schema={"$ref": "#/$defs/report", "$defs": closed(SCHEMA["$defs"])})
NETWORK = VALIDATOR.evolve(schema={"$ref": "#/$defs/network", "$defs": closed(SCHEMA["$defs"])})


def answer(*arguments: str) -> dict[str, object]:
    """What the command prints."""
    text = StringIO()
    with redirect_stdout(text):
        command.main([*arguments, "--json"], standalone_mode=False)
    return json.loads(text.getvalue())


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_network_conforms(name: str):
    report = analyze(load(f"zoo:{name}"))
    for detail in DETAILS:
        data = report_data(report, Layout(detail))
        read = json.loads(json.dumps(data, allow_nan=False))
        assert read == data, "nothing is lost on the way"
        REPORT.validate(read)
    (network,) = networks_data([report])
    NETWORK.validate(network)


@pytest.mark.parametrize(
    "arguments",
    [
        ["lenet5"],
        ["googlenet", "--sort", "macs", "--top", "3", "--mode", "train", "--batch", "2"],
        ["lenet5", "alexnet", "--max-params", "1M", "--min-rf", "10"],
        ["zoo:lenet5", "--all", "--strict"],
        ["lenet5", "lenet55"],
        ["no-such-network"],
    ],
)
def test_the_whole_answer_conforms(arguments: list[str]):
    VALIDATOR.validate(answer(*arguments))


def test_a_network_with_errors_conforms(tmp_path):
    (tmp_path / "a.arch").write_text("arch A {\n  input 1x8x8\n  conv(2, 3)\n  b: cnov(2)\n}\n")
    found = answer(str(tmp_path / "a.arch"))
    VALIDATOR.validate(found)
    (report,) = found["data"]["reports"]
    assert report["totals"]["params"] == {
        "value": 20,
        "unit": "params",
        "status": "partial",
        "known_nodes": 2,
        "nodes": 3,
    }
    assert (report["input_range"], report["input_ranges"]) == (None, {})


def test_the_range_of_each_input(tmp_path):
    """One that follows a size builds where nobody knows."""
    (tmp_path / "a.arch").write_text(
        "arch A {\n  input l: 1x9x9\n  input r: 1x4x4\n  h: @l -> maxpool(2)\n  add(@h, @r)\n}\n"
    )
    (tmp_path / "b.arch").write_text("arch B {\n  input 1x9x9\n  avgpool(in.h) -> linear(2)\n}\n")
    two, one = answer(str(tmp_path / "a.arch")), answer(str(tmp_path / "b.arch"))
    VALIDATOR.validate(two)
    VALIDATOR.validate(one)
    (two,), (one,) = two["data"]["reports"], one["data"]["reports"]
    assert two["input_range"] is None
    assert {name: each["run"]["h"]["max"] for name, each in two["input_ranges"].items()} == {
        "l": 9,
        "r": 4,
    }
    assert one["input_range"] == one["input_ranges"]["input"]
    assert (one["input_range"]["build"], one["input_range"]["run"]["w"]["max"]) == (None, 17)


def test_the_check_sees_what_is_missing_wrong_or_not_described():
    right = answer("lenet5")
    for change in (
        lambda data: data["rows"][0].pop("macs"),
        lambda data: data["rows"][0].update(macs="117,600"),
        lambda data: data["views"].update(nobody={}),
        lambda data: data["setup"].update(input=[1, 0, 32]),
    ):
        wrong = deepcopy(right)
        change(wrong["data"]["reports"][0])
        assert not VALIDATOR.is_valid(wrong)


def test_rows_name_the_owners_of_shared_weights():
    lines = ("a: conv(3, 1) -> relu", "b: conv(3, 1, weights=@a)", "linear(2)")
    data = report_data(report_of(arch(*lines, x="3x4x4")))
    assert [row["params"]["shared_with"] for row in data["rows"]] == [[], ["a.conv"], []]


@pytest.mark.parametrize("body", ["identity", "repeat 0 { relu }"])
def test_a_head_of_nothing_adds_nothing(body: str):
    report = report_of(arch(f"head h(loss_weight=1) {{ {body} }}", "relu", x="4x9x9"))
    (head,) = report_data(report)["heads"]
    assert (head["name"], head["totals"]["params"]["value"]) == ("h", 0)
