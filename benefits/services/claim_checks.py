"""A claim as it arrives, and every reason to refuse it before any money is worked out."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from benefits.models import ClaimKind, Facility, Referral
from benefits.rules.claim_facts import ClaimFacts, check_claim
from benefits.selectors.coverage import Cover, Covers, covers_of
from benefits.selectors.laws import Laws
from enrollment.rules.cover import covered_stay
from policy.dates import Period
from policy.errors import DomainError
from policy.money import ZERO
from policy.policy import Policy
from registry.models import Resident


class ClaimRefused(DomainError):
    """A claim cannot be settled; `code` says why, `cure` what to do."""

    def __init__(self, code: str, message: str, cure: str) -> None:
        super().__init__(message, cure=cure)
        self.code = code
        self.cure = cure


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One item of the bill, yuan."""

    name: str
    item_class: str
    amount: Decimal
    eligible: Decimal
    class_b_copay: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A bill as the hospital sends it, yuan.

    :param number: the hospital's settlement number (结算单号), unique for ever
    :param basic_paid: what one-stop settlement had the basic fund pay; null = work it out
    :param referral: how the patient was referred; :param track: the separate critical illness account it belongs to
    """

    number: str
    resident_id: int
    facility_code: str
    kind: str
    admitted_on: datetime.date
    discharged_on: datetime.date
    settled_on: datetime.date
    total: Decimal
    eligible: Decimal
    class_b_copay: Decimal = ZERO
    basic_paid: Decimal | None = None
    referral: str = Referral.NONE
    track: str = ""
    lines: tuple[NewLine, ...] = ()
    row_number: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A claim that may be settled, and where it belongs."""

    claim: NewClaim
    facility: Facility
    coverage_year: int
    cover: Cover


@dataclass
class ClaimContext:
    """What the checks of many claims need, read beforehand."""

    residents: Mapping[int, Resident]
    facilities: Mapping[str, Facility]
    covers: Covers
    laws: Laws = field(default_factory=Laws)

    def accepted(self, claim: NewClaim) -> Accepted:
        """Return where the claim belongs.

        :raises ClaimRefused: if it cannot be settled
        """
        _check_bill(claim)
        facility = self.facilities.get(claim.facility_code)
        if facility is None:
            raise ClaimRefused(
                "unknown_facility",
                f"机构编码 {claim.facility_code} 不在定点医药机构名录中",
                "请核对机构编码，或先导入最新的定点机构名录",
            )
        resident = self._living(claim)
        policy, year = self._law(claim, resident)
        cover, span = self.covers.of(claim.resident_id, year), self.covers.span(claim.resident_id, year)
        if cover is None or span is None:
            raise _not_covered(cover, year=year)
        _check_stay(claim, span, policy)
        return Accepted(claim, facility, year, cover)

    def _living(self, claim: NewClaim) -> Resident:
        resident = self.residents.get(claim.resident_id)
        if resident is None:
            raise ClaimRefused("unknown_person", "参保人不存在", "请核对证件号码，或先办理人员登记")
        if resident.died_on is not None and claim.discharged_on > resident.died_on:
            raise ClaimRefused(
                "dead",
                f"参保人已于{resident.died_on:%Y年%m月%d日}死亡，出院（就诊）日期在此之后",
                "请核对死亡日期和就诊日期；有误的先更正，无误的转稽核",
            )
        return resident

    def _law(self, claim: NewClaim, resident: Resident) -> tuple[Policy, int]:
        """Return the policy and the year by the policy's own rule, by discharge where the documents are silent."""
        day = claim.discharged_on
        cover = self.covers.of(claim.resident_id, day.year)
        area_id = resident.pooling_area_id if cover is None else cover.pooling_area_id
        try:
            section = self.laws.of(area_id, day.year).data.critical_illness
            rule = None if section is None else section.year_of_claim
            days = {"admission": claim.admitted_on, "settlement": claim.settled_on, "discharge": day}
            year = day.year if rule is None else days[rule.value].year
            return self.laws.of(area_id, year), year
        except DomainError as silence:
            raise ClaimRefused(
                silence.code, silence.message, "请先录入并复核该年度的政策文件，再办理结算"
            ) from None


def _check_stay(claim: NewClaim, span: Period, policy: Policy) -> None:
    """Refuse a stay outside the cover, and one that would have to be cut at its first or last day."""
    stay = Period(claim.admitted_on, claim.discharged_on)
    if stay.first in span and stay.last in span:
        return
    inside = None
    if policy.data.enrollment is not None:
        try:
            inside = covered_stay(policy.data.enrollment, start=span.first, end=span.last, stay=stay).value
        except DomainError as silence:
            raise ClaimRefused(silence.code, silence.message, "请补录等待期内入院的依据文件") from None
    period = f"{span.first:%Y-%m-%d}至{span.last:%Y-%m-%d}"
    if inside is None:
        raise ClaimRefused(
            "not_covered", f"就医日期不在待遇享受期（{period}）内", "请核对就医日期；待遇期外的费用由个人负担"
        )
    raise ClaimRefused(
        "stay_crosses_cover",
        f"住院跨越待遇享受期（{period}）的起止日，只有{inside.first:%Y-%m-%d}至{inside.last:%Y-%m-%d}的费用可支付",
        "请医疗机构按待遇起止日分段开具结算单后重新报送",
    )


def _check_bill(claim: NewClaim) -> None:
    """Refuse what is wrong in the bill itself."""
    if not claim.number.strip():
        raise ClaimRefused("number_missing", "结算单号为空", "请补填医疗机构的结算单号")
    if claim.kind not in ClaimKind.values:
        raise ClaimRefused(
            "unknown_kind", f"就医类别“{claim.kind}”不在范围内", f"请填写：{'、'.join(ClaimKind.labels)}"
        )
    if claim.discharged_on < claim.admitted_on or claim.settled_on < claim.discharged_on:
        raise ClaimRefused(
            "dates_out_of_order", "入院、出院、结算日期的先后顺序不对", "请核对三个日期：入院≤出院≤结算"
        )
    facts = ClaimFacts(
        kind=claim.kind,
        grade="any",
        total=claim.total,
        eligible=claim.eligible,
        class_b_copay=claim.class_b_copay,
        basic_paid=claim.basic_paid,
    )
    try:
        check_claim(facts)
    except DomainError as wrong:
        raise ClaimRefused(wrong.code, wrong.message, "请医疗机构核对金额后重新报送") from None
    if claim.lines:
        _check_lines(claim)


def _check_lines(claim: NewClaim) -> None:
    sums = {
        "总费用": (sum((line.amount for line in claim.lines), ZERO), claim.total),
        "政策范围内费用": (sum((line.eligible for line in claim.lines), ZERO), claim.eligible),
        "乙类先行自付": (sum((line.class_b_copay for line in claim.lines), ZERO), claim.class_b_copay),
    }
    for label, (lines, whole) in sums.items():
        if lines != whole:
            raise ClaimRefused(
                "lines_do_not_add_up",
                f"明细的{label}合计 {lines} 元，与结算单的 {whole} 元不符",
                "请医疗机构核对明细后重新报送",
            )


def _not_covered(cover: Cover | None, *, year: int) -> ClaimRefused:
    if cover is None:
        return ClaimRefused(
            "not_covered", f"未参加{year}年度居民医保", "请核对参保情况；确已参保的先补录参保登记"
        )
    if not cover.is_paid:
        return ClaimRefused(
            "not_covered", f"{year}年度已登记但费用未缴清", "请先核对缴费到账情况，到账后重新结算"
        )
    return ClaimRefused("not_covered", f"{year}年度缴费后等待期已过年末，当年无待遇", "费用由个人负担")


def check_claims(claims: Sequence[NewClaim]) -> tuple[list[Accepted | ClaimRefused], Laws]:
    """Return for each claim where it belongs or why it is refused; queries do not depend on how many there are."""
    ids = {claim.resident_id for claim in claims}
    days = {day for claim in claims for day in (claim.admitted_on, claim.discharged_on, claim.settled_on)}
    covers = covers_of(resident_ids=ids, years={day.year for day in days})
    context = ClaimContext(
        residents=Resident.objects.only("died_on", "pooling_area_id").in_bulk(ids),
        facilities={
            facility.code: facility
            for facility in Facility.objects.filter(
                code__in={claim.facility_code for claim in claims}, is_active=True
            )
        },
        covers=covers,
        laws=Laws({cover.pooling_area_id: cover.area_path for cover in covers.by_person_year.values()}),
    )
    found: list[Accepted | ClaimRefused] = []
    for claim in claims:
        try:
            found.append(context.accepted(claim))
        except ClaimRefused as refusal:
            found.append(refusal)
    return found, context.laws
