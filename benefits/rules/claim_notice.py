"""The words of a settlement's notice (结算告知书), from stored figures and the stored working, never worked out anew.

One `ClaimNotice` holds every word of the page, so that what is read on a screen and on paper cannot differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from policy.working import figure_with_unit, label_text

LAYERS = {
    "basic": "基本医保",
    "cap": "大病保险年度最高支付限额",
    "critical_illness": "大病保险",
    "supplement": "补充保险",
    "assistance": "医疗救助",
    "second_layer": "医疗救助（倾斜救助）",
}
DOUBTS = {"inferred": "推定", "carried": "沿用", "assumed": "假定"}
YES = "是"  # a rule that holds is said by its label alone
Steps = Sequence[Mapping[str, str]]


class Fact(NamedTuple):
    """What is said of the visit."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount by its name, as money is written: "1,234.50"."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One step of the working; `clause` is the document and number it rests on, empty = plain arithmetic."""

    text: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class LayerWords:
    """How one layer came to what it paid."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class ClaimNotice:
    """The notice of one settlement.

    :param mark: what is written across the page, empty = it stands
    :param summary: who paid what in a sentence or two
    :param parts: what the bill is made of; :param payers: who paid it
    :param year: the year's totals after it; :param remarks: what is left of the cap, what the identities were
    :param changes: what settling anew changed, oldest first
    :param remedies: what to do if one disagrees
    """

    number: str
    bureau: str
    dated: str
    mark: str
    summary: tuple[str, ...]
    facts: tuple[Fact, ...]
    parts: tuple[Sum, ...]
    payers: tuple[Sum, ...]
    layers: tuple[LayerWords, ...]
    year: tuple[Sum, ...]
    remarks: tuple[str, ...]
    changes: tuple[str, ...]
    remedies: tuple[str, ...]
    policy: str


def money(amount: Decimal) -> str:
    """Return yuan as money is written."""
    return f"{amount:,.2f}"


def layers_in_words(trace: Mapping[str, Steps]) -> tuple[LayerWords, ...]:
    """Return the layers that have something to say, in the order of the house."""
    told = {**trace, "cap": trace.get("cap", ()) if _is_moved(trace.get("cap", ())) else ()}
    spoken = ((title, tuple(_sentences(told.get(name, ())))) for name, title in LAYERS.items())
    return tuple(LayerWords(title, sentences) for title, sentences in spoken if sentences)


def _is_moved(cap: Steps) -> bool:
    """Return whether incentives or lapses left another cap than the one they started from."""
    figures = [Decimal(step["figure"]) for step in cap if step.get("figure")]
    return bool(figures) and figures[0] != figures[-1]


def _sentences(steps: Steps) -> Iterator[Sentence]:
    """Yield the steps that moved money or say why none did; a sum of nothing that rests on no clause moved none."""
    last = len(steps) - 1
    for at, step in enumerate(steps):
        label, figure, clause = (step.get(name, "") for name in ("label", "figure", "clause"))
        shown = figure_with_unit(label, figure) if figure not in {"", YES} else ""
        if shown == "0.00 元" and not clause and at != last:
            continue
        doubt = DOUBTS.get(step.get("status", ""), "")
        cited = f"{clause}（{doubt}）" if clause and doubt else clause
        yield Sentence(f"{label_text(label)}：{shown}" if shown else label_text(label), cited)


def year_after(before: Mapping[str, Any], paid: Mapping[str, tuple[str, Decimal]]) -> tuple[Sum, ...]:
    """Return the year's totals after a claim: those it started from, and its own.

    :param before: the totals the claim keeps; empty = none were kept, then nothing is said
    :param paid: field of the totals → label, what the claim adds
    """
    if not before:
        return ()
    return tuple(
        Sum(label, money(Decimal(before.get(name, 0)) + added)) for name, (label, added) in paid.items()
    )
