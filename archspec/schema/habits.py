"""What other libraries call the operators and arguments of this language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.schema.values import Argument

_OPERATORS = {
    "batchnorm": "bn",
    "batchnormalization": "bn",
    "cat": "concat",
    "deconv": "conv_transpose",
    "averagepooling": "avgpool",
    "dense": "linear",
    "fc": "linear",
    "fullyconnected": "linear",
    "gap": "global_avgpool",
    "globalaveragepooling": "global_avgpool",
    "globalmaxpooling": "global_maxpool",
    "interpolate": "upsample",
    "localresponsenorm": "lrn",
    "pool": "maxpool",
    "pooling": "maxpool",
    "stochasticdepth": "drop_path",
    "swish": "silu",
    "upsampling": "upsample",
    "zeropadding": "pad",
}
_ARGUMENTS = {
    "channels": "c",
    "epsilon": "eps",
    "features": "n",
    "filters": "c",
    "kernel": "k",
    "kernelsize": "k",
    "ksize": "k",
    "negativeslope": "slope",
    "outchannels": "c",
    "outfeatures": "n",
    "outputpadding": "out_pad",
    "outputsize": "size",
    "poolsize": "k",
    "rate": "p",
    "scalefactor": "k",
    "size": "k",
    "units": "n",
    "windowsize": "k",
}
_KNOW_INPUT = ("conv", "conv_transpose", "linear")  # told of it first in other libraries


def near_operators(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three operators or blocks that `word` may mean, best first.

    >>> near_operators("BatchNorm2d", ["conv", "bn"])
    ('bn',)
    """
    return _near(word, tuple(known), _OPERATORS)


def near_arguments(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The same for the arguments of one call.

    >>> near_arguments("kernel_size", ["c", "k", "kernel"])
    ('k', 'kernel')
    """
    return _near(word, tuple(known), _ARGUMENTS)


def _near(word: str, known: tuple[str, ...], elsewhere: dict[str, str]) -> tuple[str, ...]:
    usual = elsewhere.get(word.lower().replace("_", "").removesuffix("1d").removesuffix("2d"))
    first = (usual,) if usual in known else ()
    return tuple(dict.fromkeys((*first, *did_you_mean(word, known))))[:3]


def known_input(word: str, arguments: Sequence[Argument], last: int) -> str | None:
    """Advice where a call seems to begin with the maps or units that enter, as elsewhere.

    Args:
        word: what the call is named.
        arguments: as written.
        last: the place of the last argument given without its name, if that is what went wrong.
    """
    places = [argument.span.text for argument in arguments if argument.name is None]
    if word not in _KNOW_INPUT or last != len(places) - 1 or last < 1:
        return None
    return f"`{word}` knows what enters: leave out the `{places[0]}`"
