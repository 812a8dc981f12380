"""Between the wire and the services: facts from a request, a reply from a quote."""

from typing import Any

from enrollment.rules.dues import Circumstances
from enrollment.services.partner_quotes import PartnerQuote
from policy.conditions import Identity, Person
from policy.money import ZERO

EVENTS = {
    "discharged_on": "discharge",
    "spouse_discharged_on": "spouse_discharge",
    "employee_cover_end": "employee_cover_end",
}


def person_from(asked: dict[str, Any]) -> Person:
    """Return the person a request describes by facts, as of the pay day."""
    facts = asked["facts"]
    return Person(
        day=asked["paid_on"],
        coverage_year=asked["coverage_year"],
        born_on=facts["born_on"],
        identities=tuple(_identity(each) for each in facts.get("identities", ())),
        population=asked["population"],
        has_local_hukou=facts["has_local_hukou"],
        events={"birth": facts["born_on"]}
        | {event: facts[name] for name, event in EVENTS.items() if name in facts},
        employee_months=facts["employee_months"],
    )


def circumstances_from(asked: dict[str, Any], *, county: str | None) -> Circumstances:
    """Return what else a request says."""
    return Circumstances(
        county=county,
        missed_years=asked["facts"]["missed_years"],
        bought_back_months=asked["bought_back_months"],
        offered=asked.get("offered", ZERO),
    )


def _identity(said: dict[str, Any]) -> Identity:
    attributes = {name: value for name, value in said.items() if name not in ("category", "since")}
    return Identity(said["category"], said["since"], attributes)


def reply_of(found: PartnerQuote) -> dict[str, Any]:
    """Return a quote as `QuoteReply` shows it."""
    dues, terms = found.quote.dues, found.quote.dues.terms
    return {
        "coverage_year": found.quote.coverage_year,
        "paid_on": found.quote.paid_on,
        "policy_key": found.quote.policy_key,
        "window": terms.window,
        "group": terms.group,
        "due": dues.due,
        "assisted": dues.assisted,
        "supported": dues.supported,
        "payable": dues.payable,
        "components": [
            {
                "component": name,
                "due": part.due,
                "assisted": part.assisted,
                "supported": part.supported,
                "payable": part.payable,
            }
            for name, part in dues.parts.items()
        ],
        "assistance": dues.grant,
        "subsidy": str(terms.subsidy.value),
        "claim_year": terms.claim_year,
        "subsidies": found.subsidies,
        "benefit_start": terms.start,
        "benefit_end": terms.end,
        "would_start": terms.would_start,
        "warnings": dues.warnings,
        "trace": found.quote.trace,
    }
