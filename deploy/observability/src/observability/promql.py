"""Which series and labels a PromQL expression uses: no parser, only its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|[A-Za-z_:][\w:]*|\d[\w.]*|=~|!~|!=|==|>=|<=|\S')
_GROUPING: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS: Final = frozenset(
    {"and", "or", "unless", "bool", "offset", "sum", "max", "min", "avg", "count", "group", "topk", "bottomk"}
    | {"quantile", "stddev", "stdvar", "count_values", "inf", "nan"}
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """`label op "value"` between braces."""

    label: str
    operator: str
    value: str

    @property
    def values(self) -> tuple[str, ...]:
        """What it names; the alternatives of `a|b`, nothing of any other pattern."""
        if "~" not in self.operator:
            return (self.value,)
        return tuple(self.value.split("|")) if re.fullmatch(r"[\w|.-]+", self.value) else ()


@dataclass(frozen=True, slots=True)
class Selector:
    """A series by name, and what its labels must be."""

    name: str
    matchers: tuple[Matcher, ...]


def selectors(expression: str) -> list[Selector]:
    """Every series that is asked for."""
    found = []
    for name, rest in _names(expression):
        matchers = []
        if rest[:1] == ["{"]:
            words = [word for word in rest[1 : rest.index("}")] if word != ","]
            matchers = [Matcher(words[i], words[i + 1], words[i + 2].strip('"')) for i in range(0, len(words), 3)]
        found.append(Selector(name, tuple(matchers)))
    return found


def groupings(expression: str) -> set[str]:
    """The labels in `by (...)`, `on (...)` and their like."""
    words = _TOKEN.findall(expression)
    found: set[str] = set()
    for at, word in enumerate(words):
        if word in _GROUPING:
            found.update(each for each in words[at + 2 : words.index(")", at)] if each != ",")
    return found


def _names(expression: str) -> Iterator[tuple[str, list[str]]]:
    """Words that name a series, each with what follows it."""
    words = _TOKEN.findall(expression)
    closing = {"{": "}", "[": "]"}
    at = 0
    while at < len(words):
        word, rest = words[at], words[at + 1 :]
        if word in closing:
            at = words.index(closing[word], at)
        elif word in _GROUPING and rest[:1] == ["("]:
            at = words.index(")", at)
        elif re.match(r"[A-Za-z_:]", word) and word not in _WORDS and rest[:1] != ["("]:
            yield word, rest
        at += 1
