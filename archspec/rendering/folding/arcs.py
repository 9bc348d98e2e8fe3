"""Every layer of a dense block to every later one: what a chain of concatenations amounts to.

The picture draws the chain, as the network computes it; these arcs are the same data, from where
each map was made. A block of L layers has L(L+1)/2 links with them, those of the chain included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.graph import Graph
    from archspec.rendering.folding.flows import Edge, Flow


def dense_arcs(graph: Graph, flow: Mapping[Edge, Flow]) -> Iterator[Edge]:
    """From each output that a chain of concatenations collects to every layer that reads it there.

    What reads the last concatenation of a chain lies behind the block and gets no arcs.

    Args:
        graph: the network.
        flow: the meaning of its edges.
    """
    collected: dict[str, tuple[str, ...]] = {}
    for node in graph.nodes.values():
        if node.op.name == "concat":
            lanes = (collected.get(path, (path,)) for path in node.inputs)
            collected[node.path] = tuple(path for lane in lanes for path in lane)
    for path, sources in collected.items():
        readers = graph.readers(path)
        further = {x for x in readers if x in collected and flow.get((path, x)) == "dense"}
        for reader in readers if further else ():
            if reader not in further:
                yield from ((source, reader) for source in sources)
