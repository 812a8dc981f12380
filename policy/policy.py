"""A policy ready for use: every section there, or a clear refusal naming what is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from policy.cited import Cited, Section
from policy.errors import RuleNotPublished
from policy.schema.assistance import Assistance
from policy.schema.basic import Basic
from policy.schema.benefits import Alerts, CriticalIllness, MedicalAssistance, Supplement
from policy.schema.document import PolicyDocument
from policy.schema.enrollment import EnrollmentRules
from policy.schema.financing import Financing
from policy.schema.incentives import Incentives
from policy.schema.oversight import Oversight
from policy.schema.refunds import Refunds

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Policy:
    """The law of one area and coverage year, its chain of documents resolved.

    :param key: "230100/2025", stored with every figure, or the path a file was read from
    :param digest: of the resolved text, so that two states of a draft can be told apart
    :param unresolved: leaves that could not be computed, with the reason (a series not loaded)
    """

    key: str
    data: PolicyDocument
    digest: str = ""
    chain: tuple[str, ...] = ()
    unresolved: Mapping[str, str] = field(default_factory=dict)

    @property
    def area(self) -> str:
        """The area's code."""
        return self.data.area

    @property
    def year(self) -> int:
        """The coverage year."""
        return self.data.year

    def _section(self, name: str, section: S | None) -> S:
        if section is None:
            raise RuleNotPublished(area=self.area, year=self.year, rule=name)
        return section

    @property
    def financing(self) -> Financing:
        """Financing, or RuleNotPublished."""
        return self._section("financing", self.data.financing)

    @property
    def enrollment(self) -> EnrollmentRules:
        """Enrollment rules, or RuleNotPublished."""
        return self._section("enrollment", self.data.enrollment)

    @property
    def assistance(self) -> Assistance:
        """Premium assistance, or RuleNotPublished."""
        return self._section("assistance", self.data.assistance)

    @property
    def refunds(self) -> Refunds:
        """Refunds of premiums, or RuleNotPublished."""
        return self._section("refunds", self.data.refunds)

    @property
    def basic(self) -> Basic:
        """Basic insurance, or RuleNotPublished."""
        return self._section("basic", self.data.basic)

    @property
    def critical_illness(self) -> CriticalIllness:
        """Critical illness insurance, or RuleNotPublished."""
        return self._section("critical_illness", self.data.critical_illness)

    @property
    def supplement(self) -> Supplement:
        """Supplementary insurance, or RuleNotPublished."""
        return self._section("supplement", self.data.supplement)

    @property
    def medical_assistance(self) -> MedicalAssistance:
        """Medical assistance, or RuleNotPublished."""
        return self._section("medical_assistance", self.data.medical_assistance)

    @property
    def incentives(self) -> Incentives:
        """Incentives, or RuleNotPublished."""
        return self._section("incentives", self.data.incentives)

    @property
    def alerts(self) -> Alerts:
        """Alerts, or RuleNotPublished."""
        return self._section("alerts", self.data.alerts)

    @property
    def oversight(self) -> Oversight:
        """Oversight targets, or RuleNotPublished."""
        return self._section("oversight", self.data.oversight)


def leaves(section: Section, path: str = "") -> Iterator[tuple[str, Cited[Any]]]:
    """Return every cited leaf below `section` with its dotted path, in the order of the file's sections."""
    for name in type(section).model_fields:
        yield from _below(getattr(section, name), f"{path}.{name}" if path else name)


def _below(value: object, path: str) -> Iterator[tuple[str, Cited[Any]]]:
    if isinstance(value, Cited):
        yield path, value
    elif isinstance(value, Section):
        yield from leaves(value, path)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _below(part, f"{path}.{key}")


def leaf_at(data: PolicyDocument, path: str) -> Cited[Any] | None:
    """Return the leaf at a dotted path, or None where the documents are silent."""
    return dict(leaves(data)).get(path)


def figure_at(data: PolicyDocument, path: str) -> Decimal | None:
    """Return the number at a dotted path, or None where the documents are silent."""
    leaf = leaf_at(data, path)
    return None if leaf is None else Decimal(leaf.value)
