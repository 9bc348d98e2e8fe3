"""The order of the nodes, who reads whom, and the same network as NetworkX has it."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx
import pytest
from hypothesis import given

from archspec.graph import load
from tests.helpers import arch, graph_of
from tests.strategies import wired

NETWORKS = ("lenet5", "googlenet", "resnet18", "densenet40_12")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_digraph_holds_every_node_and_every_flow_of_data(name):
    graph = load(f"zoo:{name}")
    digraph = graph.digraph
    assert list(digraph) == list(graph.nodes)
    for path, node in graph.nodes.items():
        assert list(digraph.predecessors(path)) == list(dict.fromkeys(node.inputs))
        assert tuple(digraph.successors(path)) == graph.readers(path)


@pytest.mark.parametrize("name", NETWORKS)
def test_nodes_come_after_what_they_read(name):
    graph = load(f"zoo:{name}")
    place = {path: number for number, path in enumerate(graph.nodes)}
    assert all(place[source] < place[reader] for source, reader in graph.edges)


@given(wired())
def test_nodes_of_any_network_come_after_what_they_read(network):
    graph = graph_of(network.text())
    assert all(source in graph.digraph.pred[path] for source, path in graph.edges)
    assert list(nx.lexicographical_topological_sort(graph.digraph, list(graph.nodes).index)) == (
        list(graph.nodes)
    )


def test_a_node_that_reads_another_twice_is_one_reader():
    graph = graph_of(arch("a: conv(4, 3)", "b: add(@a, @a)"))
    assert graph.readers("a") == ("b",)
    assert [edge for edge in graph.edges if edge[0] == "a"] == [("a", "b"), ("a", "b")]


def test_the_digraph_is_written_to_the_files_networkx_knows(tmp_path):
    digraph = load("zoo:googlenet").digraph
    nx.write_graphml_xml(digraph, tmp_path / "net.graphml")
    read = nx.read_graphml(tmp_path / "net.graphml")
    assert dict(read.nodes["i3a.concat"]) == {"op": "concat", "output": "256x28x28"}
    assert nx.node_link_data(digraph, edges="edges")["graph"] == {"name": "GoogLeNet"}


def test_an_output_that_is_not_known_is_left_out():
    digraph = graph_of(arch("conv(4, 40)", "relu")).digraph
    assert digraph.nodes["conv"] == {"op": "conv"}


@pytest.mark.parametrize("verb", ["check", "analyze", "explain", "render"])
def test_commands_do_not_wait_for_networkx(verb, tmp_path):
    code = (
        "import sys\n"
        "from archspec.cli.main import main\n"
        f"try: main([{verb!r}, 'zoo:lenet5'])\n"
        "except SystemExit as stop: assert stop.code in (0, None), stop.code\n"
        "print('networkx' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "False"
