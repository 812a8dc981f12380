"""What becomes of a settled claim when the identity it was settled by turns out otherwise (结算后身份有变).

Each layer has its own law: critical illness insurance may leave alone what medical assistance works anew. Where the
documents are silent nothing is guessed: a person decides.
"""

from enum import StrEnum

from policy.schema.benefits import CriticalIllness, MedicalAssistance
from policy.trace import Step, Traced
from policy.words import place_name, said


class Fate(StrEnum):
    """What the documents say; the words are those of a case's figures."""

    CHANGED = "changed"
    FROZEN = "frozen"
    ASKS = "asks"


FATES = {"frozen": Fate.FROZEN, "resettle": Fate.CHANGED, "case": Fate.ASKS}


def settled_claim_fate(section: CriticalIllness | MedicalAssistance, *, is_error: bool) -> Traced[Fate]:
    """Return what becomes of a layer of a claim settled before the truth was known.

    :param is_error: the identity never was, rather than began or ended unnoticed
    """
    name = "wrong_identity" if is_error else "late_identity"
    leaf = section.wrong_identity if is_error else section.late_identity
    if leaf is None:
        part = section.silent(name).rule.partition(".")[0]
        missing = f"{said(part)}：“{place_name(name)}”怎样办理未见规定"
        return Traced(Fate.ASKS, (Step("文件没有规定，由人决定", reading=missing),))
    label = "身份属误认" if is_error else "身份变动在结算后才得知"
    return Traced(FATES[leaf.value], (Step.citing(label, leaf),))
