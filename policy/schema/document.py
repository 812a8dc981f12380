"""A whole policy as written in one file after its parents are laid under it."""

import datetime
from decimal import Decimal

from pydantic import field_validator

from policy.cited import Cited, Section
from policy.schema.assistance import Assistance
from policy.schema.basic import Basic
from policy.schema.benefits import Alerts, CriticalIllness, LayerOrder, MedicalAssistance, Supplement
from policy.schema.bounds import Bound
from policy.schema.enrollment import EnrollmentRules
from policy.schema.financing import Financing
from policy.schema.incentives import Incentives
from policy.schema.objections import Objections
from policy.schema.oversight import Oversight
from policy.schema.recognition import RecognitionRules
from policy.schema.refunds import Refunds


class SourceDocument(Section):
    """A document the values come from."""

    number: str = ""
    title: str
    issuers: tuple[str, ...] = ()
    issued: datetime.date | None = None
    source: str = ""


class NameRule(Section):
    """A name seen in lists that says more than the category.

    :param attributes: what it says of the recognition: "农村低保" → residence = "rural"
    :param also: other categories it says the person holds: "脱贫人口低保对象" → exited_poverty
    """

    name: str
    attributes: dict[str, str | int | bool] = {}
    also: tuple[str, ...] = ()


class CategoryRule(Section):
    """A category of hardship identity (困难身份).

    :param issuer: kind of agency that recognises it
    :param relayed_by: other kinds of agency by whose lists it may begin: they pass on what the issuer recognised
    :param aliases: other names seen in lists
    :param attributes: what a record of it may carry: name → label
    :param months: how long a recognition is valid; None = until ended
    """

    label: str
    issuer: str
    relayed_by: tuple[str, ...] = ()
    clause: str = ""
    aliases: tuple[str | NameRule, ...] = ()
    attributes: dict[str, str] = {}
    months: int | None = None


class PolicyDocument(Section):
    """All sections; those the documents are silent on are None."""

    area: str
    year: int
    title: str
    inherits: str = ""
    checked: datetime.date | None = None
    document: dict[str, SourceDocument] = {}
    series: dict[str, dict[str, Cited[Decimal]]] = {}
    category: dict[str, CategoryRule] = {}
    bound: dict[str, Bound] = {}
    recognition: RecognitionRules | None = None
    financing: Financing | None = None
    enrollment: EnrollmentRules | None = None
    assistance: Assistance | None = None
    refunds: Refunds | None = None
    basic: Basic | None = None
    critical_illness: CriticalIllness | None = None
    supplement: Supplement | None = None
    medical_assistance: MedicalAssistance | None = None
    layers: LayerOrder | None = None
    incentives: Incentives | None = None
    alerts: Alerts | None = None
    objections: Objections | None = None
    oversight: Oversight | None = None

    @field_validator("area")
    @classmethod
    def _area_code(cls, area: str) -> str:
        if not (area == "CN" or (area.isdigit() and len(area) in (6, 9, 12)) or area.isalnum()):
            raise ValueError("应为行政区划代码、CN 或行业统筹自己的代码（只用字母和数字）")
        return area
