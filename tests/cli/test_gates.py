"""Gates of `archspec analyze`, and what `--strict` wants to be known."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.cli.analyze import command
from archspec.cli.gates import GATES, gates_data, missed, not_known
from tests.helpers import arch, net, report_of


@pytest.fixture
def run(capsys):
    """What a line prints on both streams, and what it exits with."""

    def go(line: str) -> tuple[str, str, int]:
        code = command.main(line.split(), standalone_mode=False)
        out, err = capsys.readouterr()
        return out, err, code

    return go


# --- gates --------------------------------------------------------------------------------------


def test_a_missed_gate_says_which_and_by_how_much(run):
    out, err, code = run("lenet5 -q --max-params 50k --max-macs 1G")
    assert code == 1
    assert out.startswith("LeNet5")
    assert "X002" in err
    message = "LeNet5 misses --max-params: params 60,000 is above 50,000 by 10,000 (+20.0%)"
    assert message in " ".join(err.split())
    assert "max-macs" not in err


def test_with_several_targets_the_gate_names_the_network(run):
    _, err, code = run("lenet5 alexnet --max-params 5M --min-rf 200 --format csv")
    text = " ".join(err.split())
    assert code == 1
    assert "AlexNet misses --max-params" in text
    assert "LeNet5 misses --min-rf: rf 32 is below 200 by 168 (-84.0%)" in text
    assert "LeNet5 misses --max-params" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    # 3 * (3*5 + 1) and 3*2*2 + 1 parameters; the map sees 3 rows and 5 columns
    [("max_params", 48 + 13), ("max_depth", 2), ("min_depth", 2), ("min_rf", 3)],
)
def test_a_gate_holds_at_its_limit_and_not_one_further(name: str, value: int):
    report = net("conv(3, 3x5)", "linear(1)", x="1x4x6")
    past = value - 1 if name.startswith("max") else value + 1
    assert list(missed(report, {name: value})) == []
    assert len(list(missed(report, {name: past}))) == 1


@pytest.mark.parametrize(("way", "metric"), [(way, metric) for way, metric, _ in GATES])
def test_every_gate_can_be_missed(way: str, metric: str):
    report = net("conv(3, 3)", "linear(1)", x="1x9x9")
    past = 0 if way == "max" else 10**12
    (found,) = missed(report, {f"{way}_{metric}": past})
    assert (found.code, found.severity) == ("X002", "error")
    assert f"--{way}-{metric}" in found.message


def test_limits_are_exact_numbers():
    report = net("conv(3, 3)", x="1x9x9")  # 30 parameters
    assert list(missed(report, {"max_params": Fraction(61, 2)})) == []
    (found,) = missed(report, {"max_params": Fraction(59, 2)})
    assert "above 29.5 by 0.5 (+1.7%)" in found.message


def test_a_network_without_a_map_sees_everything():
    report = net("linear(3)", x="9")
    assert list(missed(report, {"min_rf": 200})) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("max_params", 10**9, "params is not known"),
        ("max_params", 100, "params, as far as known 156, is above 100"),
        ("max_depth", 9, "depth is not known"),
        ("min_depth", 1, "depth is not known"),
        ("min_rf", 1, "rf is not known"),
    ],
)
def test_what_is_not_known_keeps_no_gate(name: str, value: int, words: str):
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)"))
    (found,) = missed(report, {name: value})
    assert words in found.message


def test_of_outputs_that_see_differently_much_the_least_counts():
    report = net("avgpool(4)", "upsample(4)", "conv(1, 3, pad=1)", x="1x64x64")
    assert report.value("", "rf") == 8
    assert list(missed(report, {"min_rf": 4})) == []
    (found,) = missed(report, {"min_rf": 5})
    assert "rf of the outputs that see least, 4 is below 5" in found.message


def test_lanes_of_different_jumps_keep_no_gate_and_no_expectation(run, tmp_path):
    lanes = "x: concat { | conv(4, 3, stride=2, pad=1) | conv(4, 17) }"
    claim = "expect { rf == 17 from derived }"
    text = arch(lanes, "c: conv(4, 3)", "global_avgpool -> linear(3)", claim, x="3x33x33")
    (tmp_path / "jumps.arch").write_text(text)
    out, err, code = run(f"{tmp_path}/jumps.arch --min-rf 17")
    assert code == 1
    assert "Net misses --min-rf: rf is not known" in " ".join(err.split())
    assert "warning[W504]" in err
    assert "expectations: 0 of 1 hold, 1 skipped" in out
    table, _, _ = run(f"{tmp_path}/jumps.arch lenet5 --columns rf")
    assert [line.split() for line in table.splitlines()[2:]] == [["Net", "?"], ["LeNet5", "32x32"]]


def test_gates_as_data():
    report = net("conv(3, 3)", x="1x9x9")
    assert gates_data(report, {"max_params": 29, "min_rf": Fraction(5, 2), "max_macs": None}) == [
        {"network": "Net", "gate": "max-params", "limit": 29, "value": 30, "holds": False},
        {"network": "Net", "gate": "min-rf", "limit": 2.5, "value": 3, "holds": True},
    ]


# --- strict -------------------------------------------------------------------------------------


def test_strict_fails_on_what_is_known_only_in_part(run, tmp_path):
    lanes = "add { | conv(1, 5, pad=[0, 4, 0, 4]) | conv(1, 3, pad=1) }"
    (tmp_path / "a.arch").write_text(arch(lanes, x="1x9x9"))
    assert run(f"{tmp_path}/a.arch -q")[2] == 0
    _, err, code = run(f"{tmp_path}/a.arch -q --strict")
    assert code == 1
    assert (
        "Net misses --strict: nodes whose receptive field is not one box: 1, first `add`"
        in " ".join(err.split())
    )


def test_strict_names_unknown_nodes_and_skipped_expectations():
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)", "expect { params == 1 from derived }"))
    messages = [found.message for found in not_known(report)]
    assert messages == [
        "Net misses --strict: nodes of unknown shape: 1, first `b`",
        "Net misses --strict: expectations that cannot be judged: 1, first `params`",
    ]
    assert list(not_known(net("conv(3, 3)"))) == []
