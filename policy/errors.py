"""Refusals a person may hear about, and the two ways a policy can be silent."""

from policy.words import place_name


class DomainError(Exception):
    """A refusal with a stable code and a Chinese sentence that says what to do.

    `code` is the contract with partners; `message` is for people; `details` names fields and figures.
    """

    code = "refused"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class PolicyNotFound(DomainError):
    """No document at all is loaded for this area and year, or a named file does not exist."""

    code = "policy_not_found"


class PolicyInvalid(DomainError):
    """A policy file cannot be read as the schema wants it; the message lists every place."""

    code = "policy_invalid"


class RuleNotPublished(DomainError):
    """The documents in the chain are silent on this rule: never a neighbour's rule, never a guess."""

    code = "rule_not_published"

    def __init__(self, *, area: str, year: int, rule: str, why: str = "") -> None:
        super().__init__(
            f"{area} {year} 年度的文件没有规定“{rule}”（{place_name(rule)}）{why}，请补录依据文件后再办理。",
            area=area,
            year=year,
            rule=rule,
        )
        self.area = area
        self.year = year
        self.rule = rule


class OutOfBounds(DomainError):
    """A lower level's value breaks a floor or ceiling of the level above it."""

    code = "policy_out_of_bounds"
