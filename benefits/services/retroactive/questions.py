"""What a change of identities asks a person: what moves, what stays, and the options in words (追溯变更)."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from casework.models import Verdict
from casework.services import NewCase, NewFigure
from enrollment.services.retroactive import KIND
from hardship.models import Category
from hardship.rules.attribute_words import attributes_told
from hardship.selectors import IdentityChange
from hardship.selectors.identities import Spell
from policy.money import ZERO, yuan

LEAVE, RULED, CLAIMS, PREMIUM, BOTH = "leave", "ruled", "claims", "premium", "claims_and_premium"
YUAN = "元"


@dataclass(frozen=True, slots=True)
class Findings:
    """What one person's change touches.

    :param premiums: figures of contributions; what they need is done already, or is decided elsewhere
    :param corrections: figures of paid years whose aid rested on an identity that was not: a person decides
    :param settled: figures of claims, year ends and alerts
    """

    premiums: Sequence[NewFigure] = ()
    corrections: Sequence[NewFigure] = ()
    settled: Sequence[NewFigure] = ()

    @property
    def figures(self) -> tuple[NewFigure, ...]:
        """Return all of them in the order they are shown."""
        return (*self.premiums, *self.corrections, *self.settled)

    @property
    def matters(self) -> bool:
        """Whether there is more to tell than what another case asks about."""
        told = any(each.verdict != Verdict.ASKS for each in self.premiums)
        return told or bool(self.corrections) or bool(self.settled)

    @property
    def options(self) -> dict[str, str]:
        """Return the decisions to choose from with their sums; none = nothing is left to decide."""
        ruled = with_verdict(self.settled, Verdict.CHANGED)
        asked = with_verdict(self.settled, Verdict.ASKS)
        first = f"按文件调整{_sum_text(ruled)}；" if ruled else ""
        rest = "文件未规定的不调整" if ruled else "不予调整"
        found = {RULED: f"{first}{rest}"} if ruled else {}
        if asked:
            found[CLAIMS] = f"{first}文件未规定的费用也按新认定重新结算{_sum_text(asked)}"
        if self.corrections:
            found[PREMIUM] = f"{first}更正所列参保资助{_sum_text(self.corrections)}，费用不调整"
        if asked and self.corrections:
            found[BOTH] = (
                f"{first}重新结算费用{_sum_text(asked)}，并更正参保资助{_sum_text(self.corrections)}"
            )
        return found | ({LEAVE: "全部不予调整（须说明理由）"} if found else {})


@dataclass(frozen=True, slots=True)
class Question:
    """A person's change with what it touches.

    :param number: how many times the same change was asked about before
    :param called: code → category, for the words
    """

    change: IdentityChange
    findings: Findings
    as_of: datetime.date
    number: int = 0
    called: Mapping[str, Category] = field(default_factory=dict)

    def as_case(self, *, area_id: int) -> NewCase:
        """Return the case to open."""
        change, found = self.change, self.findings
        said = "；".join(_changes_text(change, self.called))
        again = f":{self.number}" if self.number else ""
        return NewCase(
            kind=KIND,
            title=f"追溯变更：{said}",
            area_id=area_id,
            resident_id=change.resident_id,
            subject_ref=f"resident:{change.resident_id}",
            reason=f"{said}。{_summary(found)}",
            clause=next((each.clause for each in found.figures if each.clause), ""),
            options=found.options,
            figures=found.figures,
            detail={
                "first_row": change.first_row,
                "last_row": change.last_row,
                "as_of": self.as_of.isoformat(),
            },
            dedupe_key=f"{KIND}:{change.resident_id}:{change.last_row}{again}",
            needs_second=bool(found.options),
        )


def with_verdict(figures: Iterable[NewFigure], *verdicts: Verdict) -> list[NewFigure]:
    """Return the figures with one of these verdicts."""
    return [each for each in figures if each.verdict in verdicts]


def moved(figures: Iterable[NewFigure]) -> Decimal:
    """Return by how many yuan payouts and aid move together."""
    return sum(
        (
            (each.new or ZERO) - (each.old or ZERO)
            for each in figures
            if each.unit == YUAN and counts_as_money(each.subject_ref, each.label)
        ),
        ZERO,
    )


def counts_as_money(subject_ref: str, label: str) -> bool:
    """Return whether a figure is money that moves: a payout or aid, not a cap, a burden or what is left to pay."""
    return subject_ref.startswith("claim:") or label.endswith("参保资助")


def _summary(found: Findings) -> str:
    parts = []
    for verdict in Verdict:
        figures = with_verdict(found.figures, verdict)
        if figures:
            word = "合计" if verdict in (Verdict.CHANGED, Verdict.ASKS) else "若调整"
            parts.append(f"{verdict.label} {len(figures)} 项{_sum_text(figures, word)}")
    return "，".join(parts) + "。"


def _sum_text(figures: Collection[NewFigure], word: str = "合计") -> str:
    amount = yuan(moved(figures))
    return f"（{word} {'+' if amount > 0 else ''}{amount} 元）" if amount else ""


def _changes_text(change: IdentityChange, called: Mapping[str, Category]) -> Iterator[str]:
    before, now = _by_category(change.before), _by_category(change.now)
    for code in sorted(before.keys() | now.keys()):
        if before.get(code) == now.get(code):
            continue
        names = called[code].attributes
        was, is_now = (_spells_text(each.get(code, []), names) for each in (before, now))
        yield f"{called[code].label}原{was}，现{is_now}"


def _by_category(spells: Mapping[int, Spell]) -> dict[str, list[Spell]]:
    found: dict[str, list[Spell]] = {}
    for spell in sorted(spells.values(), key=lambda each: each.valid_from):
        found.setdefault(spell.category, []).append(spell)
    return found


def _spells_text(spells: Sequence[Spell], names: Mapping[str, str]) -> str:
    if not spells:
        return "无记录"
    return "、".join(
        f"自 {each.valid_from} 起"
        + (f"至 {each.valid_to}（不含）" if each.valid_to else "")
        + (f"（{attributes_told(each.attributes, names)}）" if each.attributes else "")
        for each in spells
    )
