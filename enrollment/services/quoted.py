"""The answer to a quote: what the rules say of one situation, with the figures as they are stored."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from enrollment.rules.dues import Circumstances, Dues, dues
from policy.conditions import Person
from policy.policy import Policy
from policy.trace import Traced


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer, with its working and the policy it rests on.

    :ivar figures: what rows of `Quoted` say, by field; rows that are quoted alike share them
    """

    coverage_year: int
    paid_on: datetime.date
    policy_key: str
    policy_digest: str
    dues: Dues
    figures: dict[str, Any]
    trace: list[dict[str, str]]

    @property
    def components(self) -> dict[str, dict[str, str]]:
        """The parts as they are stored: component → due, assisted, supported, payable, as text."""
        found: dict[str, dict[str, str]] = self.figures["components"]
        return found

    @property
    def payable(self) -> Decimal:
        """What is left to the person, yuan."""
        found: Decimal = self.figures["payable"]
        return found

    def warning(self, code: str) -> str:
        """Return how strictly the policy means a warning: "", warn, confirm or refuse."""
        return next((each.kind for each in self.dues.warnings if each.code == code), "")


def quoted(policy: Policy, *, person: Person, circumstances: Circumstances) -> Quote:
    """Return the quote of one situation."""
    answer: Traced[Dues] = dues(policy, person=person, circumstances=circumstances)
    return Quote(
        coverage_year=person.coverage_year,
        paid_on=person.day,
        policy_key=policy.key,
        policy_digest=policy.digest,
        dues=answer.value,
        figures=_figures(policy, answer.value),
        trace=answer.as_json(),
    )


def _figures(policy: Policy, found: Dues) -> dict[str, Any]:
    terms = found.terms
    return {
        "components": _components(found),
        "due": found.due,
        "assisted": found.assisted,
        "supported": found.supported,
        "payable": found.payable,
        "window": terms.window,
        "special_group": terms.group or "",
        "charge": terms.charge.value,
        "subsidy": terms.subsidy.value,
        "claim_year": terms.claim_year,
        "benefit_start": terms.start,
        "benefit_end": terms.end,
        "policy_key": policy.key,
        "policy_digest": policy.digest,
    }


def _components(found: Dues) -> dict[str, dict[str, str]]:
    return {
        name: {
            "due": str(part.due),
            "assisted": str(part.assisted),
            "supported": str(part.supported),
            "payable": str(part.payable),
        }
        for name, part in found.parts.items()
    }
