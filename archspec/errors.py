"""What can be wrong, as data: codes, diagnostics, exceptions. Renders nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archspec.source import Span

Severity = Literal["error", "warning", "note"]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

LEAST_SLIP = 3  # letters of a word; in shorter ones every other word is near

# Ranges: E0 files, tools, limits (exit 3); E1 syntax; E2 names; E3 shapes; E4 arguments;
# E5 graph; E6 recipe; E7 compilation; T0 training failed (exit 4); X0 expectations, gates;
# W2 shapes, W3 expectations, W4 unused, W5 architecture, W6 recipe, W7 rendering.
CODES: Mapping[str, str] = {
    "E001": "file not found",
    "E002": "file is not UTF-8 text",
    "E003": "no layout engine",
    "E004": "the layout engine failed or ran out of time",
    "E005": "too large",
    "E006": "file cannot be read or written",
    "E007": "data set not found",
    "E100": "syntax error",
    "E101": "unclosed bracket",
    "E102": "unclosed brace",
    "E103": "unmatched closing bracket",
    "E104": "lane without a bar",
    "E105": "a shape must follow =>",
    "E106": "a name cannot start with a digit",
    "E107": "full-width punctuation",
    "E108": "statements are separated by newlines",
    "E109": "malformed number or size",
    "E110": "reserved word used as a name",
    "E111": "text is not closed",
    "E112": "an operator or block must follow ->",
    "E113": "empty file",
    "E114": "empty body",
    "E115": "rows of unequal width",
    "E116": "unexpected character",
    "E201": "unknown operator or block",
    "E202": "unknown name",
    "E203": "name defined twice",
    "E204": "unknown cite",
    "E205": "unknown path or metric",
    "E206": "label collides with a module method",
    "E207": "no such architecture",
    "E208": "blocks call each other in a circle",
    "E209": "name used before its place",
    "E210": "import cycle",
    "E211": "import cannot be read",
    "E212": "import from outside the spec's folders",
    "E213": "imported name does not exist",
    "E214": "reference in the middle of a chain",
    "E215": "`@in` where nothing enters",
    "E216": "weights cannot be shared",
    "E299": "not supported yet",
    "E301": "inputs of a merge disagree in height and width",
    "E302": "inputs of an addition are not equal",
    "E303": "declared shape differs from the inferred one",
    "E304": "window does not fit its input",
    "E305": "an operator needs a map, got a vector",
    "E306": "connection table does not fit",
    "E307": "groups do not divide the channels",
    "E308": "RBF codes do not fit",
    "E309": "value needs a known shape",
    "E310": "argument does not fit the input",
    "E401": "too many arguments",
    "E402": "missing argument",
    "E403": "unknown argument",
    "E404": "argument of the wrong type",
    "E405": "argument out of range",
    "E406": "argument is not one of the allowed words",
    "E407": "arguments do not agree",
    "E408": "argument given twice",
    "E409": "expression cannot be evaluated",
    "E501": "no input",
    "E502": "nothing after the input",
    "E503": "statement before the input",
    "E601": "unknown recipe key",
    "E602": "recipe value is wrong",
    "E603": "no recipe",
    "E604": "rule does not fit the network",
    "E701": "cannot be compiled",
    "E702": "weights do not fit",
    "T001": "training failed: loss is not finite",
    "T002": "training failed: out of memory",
    "X001": "expectation does not hold",
    "X002": "gate missed",
    "W201": "stride does not tile",
    "W202": "literal shape does not hold for other arguments",
    "W204": "bias directly before a normalisation",
    "W205": "padding as wide as the kernel",
    "W210": "arguments in the order of another library",
    "W211": "input with its maps last",
    "W301": "expectation without a source",
    "W302": "disputed expectation holds",
    "W303": "nothing is expected of the size",
    "W401": "defined but never used",
    "W402": "output never used",
    "W404": "allowed for nothing",
    "W502": "linear layers without an activation between",
    "W503": "map collapsed early",
    "W504": "lanes of a merge have different jumps",
    "W601": "softmax before a loss that applies it",
    "W701": "no font for some of the text",
    "N203": "last pooling window partly outside",
    "N204": "only padding is left unread",
    "N205": "pooling windows overlap",
    "N206": "pooling is padded",
    "N207": "stride skips part of the input",
    "N208": "fixed kernel does not sum to 1",
    "N209": "`same` with a stride",
    "N210": "fixed kernel leaves the range of its input",
    "N501": "the receptive field already covers the input",
    "N502": "several convolutions see as much as a larger one",
    "N503": "number of maps is no power of two",
}
# Hints that are told only where they are asked for.
OFF_BY_DEFAULT = frozenset({"N502", "N503", "W303"})


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first, with what is to be seen there."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One call that led to the place of a diagnostic (a block call)."""

    call: str
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what `span` covers by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend the problem; `safe` ones keep the meaning the author had in mind."""

    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell the user about a spec.

    Args:
        code: a key of `CODES`.
        message: lower-case, one sentence without a full stop, understandable by itself.
        primary: where it is wrong; None if the place is a whole file or an option.
        text: what stands under the caret.
        labels: up to four other places.
        chain: the block calls that led there, innermost first.
        instances: paths of further nodes with the same problem.
        notes: facts worth knowing.
        help: one concrete thing to do.
        fix: that thing as an edit.
        path: the node it is about.
        values: the numbers and words in the message.
        as_error: whether a warning stops here, as one without a source does under --strict.
    """

    code: str
    message: str
    primary: Span | None = None
    text: str = ""
    labels: tuple[Label, ...] = ()
    chain: tuple[Frame, ...] = ()
    instances: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    path: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    as_error: bool = False

    def __post_init__(self) -> None:
        """Refuse a code that is not in the catalogue."""
        if self.code not in CODES:
            raise ValueError(f"{self.code} is not in CODES")

    @property
    def severity(self) -> Severity:
        """W codes are warnings, N codes notes, all others errors."""
        if self.as_error:
            return "error"
        return {"W": "warning", "N": "note"}.get(self.code[0], "error")  # type: ignore[return-value]  # literals


Diagnostics = tuple[Diagnostic, ...]


class ArchError(Exception):
    """Something the user can mend. Carries every diagnostic of the stage that stopped."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep `diagnostics`; the exception's text is their one-line form."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(map(one_line, self.diagnostics)))


def one_line(diagnostic: Diagnostic) -> str:
    """`file:line:column: CODE message`.

    >>> one_line(Diagnostic("E001", "`a.arch` does not exist"))
    'E001 `a.arch` does not exist'
    """
    place = f"{diagnostic.primary}: " if diagnostic.primary else ""
    return f"{place}{diagnostic.code} {diagnostic.message}"


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them is an error."""
    return any(d.severity == "error" for d in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> Diagnostics:
    """By file, place and code; those without a place first."""
    return tuple(sorted(diagnostics, key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, str]:
    span = diagnostic.primary
    return (span.source.name, span.start, diagnostic.code) if span else ("", 0, diagnostic.code)


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of `known` that look like `word`, best first: what differs in case only.

    >>> did_you_mean("cnov", ["conv", "linear"])
    ('conv',)
    >>> did_you_mean("ReLU", ["elu", "relu"])
    ('relu',)
    """
    words = sorted(known)
    same = [other for other in words if other.lower() == word.lower()]
    near = get_close_matches(word, words, n=3, cutoff=0.6)
    return tuple(dict.fromkeys((*same, *near)))[:3]


def suggested(span: Span, near: Sequence[str]) -> Fix | None:
    """The first of what `did_you_mean` found as an edit.

    It is safe where the word is one slip away from it and from no other, and the slip is in no
    digit: `conv2` may well be meant.
    """
    if not near:
        return None
    clear = [word for word in near if _is_slip(span.text, word)]
    return Fix((Edit(span, near[0]),), safe=clear == [near[0]])


def _is_slip(word: str, meant: str) -> bool:
    """Whether a letter is missing, extra or wrong, two are swapped, or only the case differs.

    >>> [_is_slip(word, "conv") for word in ("cnov", "con", "convv", "comv", "Conv", "cv")]
    [True, True, True, True, True, False]
    >>> _is_slip("conv2", "conv1")
    False
    """
    shorter = min(len(word), len(meant))
    start = next((i for i in range(shorter) if word[i] != meant[i]), shorter)
    word, meant, length = word[start:], meant[start:], shorter
    while word and meant and word[-1] == meant[-1]:
        word, meant = word[:-1], meant[:-1]
    if length < LEAST_SLIP or any(char.isdigit() for char in word + meant):
        return False
    one = max(len(word), len(meant)) == 1
    return one or word.lower() == meant.lower() or (len(word) == 2 and word[::-1] == meant)
