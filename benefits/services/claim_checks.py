"""A claim as it arrives, and every reason to refuse it before any money is worked out."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils import timezone

from benefits.models import ClaimKind, Facility, ItemClass, Referral
from benefits.rules.amounts import wrong_amount
from benefits.rules.claim_facts import ClaimFacts, check_claim
from benefits.rules.claim_reasons import REFUSALS
from benefits.rules.tracks import track_code, track_names
from benefits.selectors.coverage import Cover, Covers, covers_of
from benefits.selectors.laws import Laws
from enrollment.rules.cover import covered_stay
from hardship.selectors import PersonFacts, person_facts
from hardship.selectors.facts import Known
from policy.dates import Period
from policy.errors import DomainError
from policy.money import ZERO, yuan
from policy.policy import Policy
from registry.batch.asked_again import TEXTS, AskedAgain

FACILITIES = AskedAgain(lambda codes: Facility.objects.filter(code__among=codes, is_active=True), codes=TEXTS)


class ClaimRefused(DomainError):
    """A claim cannot be settled; `code` says why, `cure` what to do, `clause` what it rests on.

    :param field: what the bill calls the amount, day or number that is wrong
    :param cure: if there is a better one than the register's
    """

    def __init__(self, code: str, *, field: str = "", cure: str = "", **facts: object) -> None:
        reason = REFUSALS[code]
        self.cure = cure or reason.cure.format(**facts)
        super().__init__(reason.words.format(**facts), cure=self.cure)
        self.code, self.field, self.clause = code, field, reason.clause


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
    :param referral: how the patient was referred
    :param track: the separate critical illness account it belongs to, by code or label; "" = none
    :param replaces: number of the settled claim that this one corrects, `reason` says why; "" = it corrects none
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
    replaces: str = ""
    reason: str = ""
    row_number: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A claim that may be settled, where it belongs, and the path of the area its person lives in now."""

    claim: NewClaim
    facility: Facility
    coverage_year: int
    cover: Cover
    lives_in: str


@dataclass
class ClaimContext:
    """What the checks of many claims need, read beforehand."""

    people: PersonFacts
    facilities: Mapping[str, Facility]
    covers: Covers
    laws: Laws = field(default_factory=Laws)
    today: datetime.date = field(default_factory=timezone.localdate)

    def accepted(self, claim: NewClaim) -> Accepted:
        """Return where the claim belongs.

        :raises ClaimRefused: if it cannot be settled
        """
        check_bill(claim)
        facility = self.facilities.get(claim.facility_code)
        if facility is None:
            raise ClaimRefused("unknown_facility", field="机构编码", facility=claim.facility_code)
        person = self._living(claim)
        policy, year = self._law(claim, person)
        cover, span = self.covers.of(claim.resident_id, year), self.covers.span(claim.resident_id, year)
        if cover is None or span is None:
            raise _not_covered(cover, year=year)
        _check_stay(claim, span, policy)
        lives_in = person.places.on(self.today).living_path
        return Accepted(replace(claim, track=_track(claim, policy)), facility, year, cover, lives_in)

    def verdict(self, claim: NewClaim) -> Accepted | ClaimRefused:
        """Return where the claim belongs, or why it is refused."""
        try:
            return self.accepted(claim)
        except ClaimRefused as refusal:
            return refusal

    def _living(self, claim: NewClaim) -> Known:
        person = self.people.people.get(claim.resident_id)
        if person is None:
            raise ClaimRefused("unknown_person", field="证件号码")
        if person.died_on is not None and claim.discharged_on > person.died_on:
            raise ClaimRefused("dead", field="出院日期", died_on=f"{person.died_on:%Y年%m月%d日}")
        return person

    def _law(self, claim: NewClaim, person: Known) -> tuple[Policy, int]:
        """Return the policy and the year by the policy's own rule, by discharge where the documents are silent."""
        day = claim.discharged_on
        cover = self.covers.of(claim.resident_id, day.year)
        area_id = person.places.on(day).pooling_area_id if cover is None else cover.pooling_area_id
        try:
            section = self.laws.of(area_id, day.year).data.critical_illness
            rule = None if section is None else section.year_of_claim
            days = {"admission": claim.admitted_on, "settlement": claim.settled_on, "discharge": day}
            year = day.year if rule is None else days[rule.value].year
            return self.laws.of(area_id, year), year
        except DomainError as silence:
            raise ClaimRefused(silence.code, field="出院日期", why=silence.message) from None


def _track(claim: NewClaim, policy: Policy) -> str:
    """Return the code of the separate account the claim names by its code or its label; "" = it names none.

    :raises ClaimRefused: if the policy has no such account
    """
    section = policy.data.critical_illness
    code = track_code(section, claim.track.strip())
    if code is None:
        known = "、".join(track_names(section).values())
        cure = f"请填写：{known}；没有的不填" if known else "当地政策没有单独支付通道，此栏不填"
        raise ClaimRefused("unknown_track", field="单独支付通道", track=claim.track, cure=cure)
    return code


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
            cure = "请补录等待期内入院的依据文件"
            raise ClaimRefused(silence.code, field="入院日期", why=silence.message, cure=cure) from None
    period = _days(span)
    if inside is None:
        raise ClaimRefused("not_covered", field="入院日期", why=f"就医日期不在待遇享受期（{period}）内")
    raise ClaimRefused("stay_crosses_cover", field="入院日期", period=period, inside=_days(inside))


def check_bill(claim: NewClaim) -> None:
    """Refuse what is wrong in the bill itself.

    :raises ClaimRefused: naming the first thing that is wrong
    """
    if not claim.number.strip():
        raise ClaimRefused("number_missing", field="结算单号")
    if claim.kind not in ClaimKind.values:
        known = "、".join(map(str, ClaimKind.labels))
        raise ClaimRefused("unknown_kind", field="就医类别", kind=claim.kind, known=known)
    if claim.referral not in Referral.values:
        known = "、".join(map(str, Referral.labels))
        raise ClaimRefused("unknown_referral", field="转诊", referral=claim.referral, known=known)
    if claim.discharged_on < claim.admitted_on or claim.settled_on < claim.discharged_on:
        field = "出院日期" if claim.discharged_on < claim.admitted_on else "结算日期"
        raise ClaimRefused("dates_out_of_order", field=field)
    if claim.replaces and not claim.reason.strip():
        raise ClaimRefused("correction_unexplained", field="更正原因")
    _check_amounts(claim)
    if claim.lines:
        _check_lines(claim)


def _check_amounts(claim: NewClaim) -> None:
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
        raise ClaimRefused(wrong.code, field=str(wrong.details["field"]), why=wrong.message) from None
    if not claim.total:
        raise ClaimRefused("claim_amounts_invalid", field="总费用", why="总费用为零，没有可结算的费用。")


def _check_lines(claim: NewClaim) -> None:
    for number, line in enumerate(claim.lines, start=1):
        if wrong := _wrong_line(line):
            raise ClaimRefused("line_amounts_invalid", field="明细", line=number, name=line.name, why=wrong)
    sums = {
        "总费用": (sum((line.amount for line in claim.lines), ZERO), claim.total),
        "政策范围内费用": (sum((line.eligible for line in claim.lines), ZERO), claim.eligible),
        "乙类先行自付": (sum((line.class_b_copay for line in claim.lines), ZERO), claim.class_b_copay),
    }
    for label, (lines, whole) in sums.items():
        if lines != whole:
            raise ClaimRefused(
                "lines_do_not_add_up", field=label, label=label, lines=yuan(lines), whole=yuan(whole)
            )


def _wrong_line(line: NewLine) -> str:
    """Return what is wrong with one line, or not allowed to its class in the catalogue; "" = nothing."""
    amounts = {"金额": line.amount, "政策范围内金额": line.eligible, "乙类先行自付": line.class_b_copay}
    for label, amount in amounts.items():
        if wrong := wrong_amount(label, amount):
            return wrong
    if line.eligible + line.class_b_copay > line.amount:
        return "政策范围内金额与乙类先行自付之和超过该项金额"
    if line.item_class not in ItemClass.values:
        return f"目录类别“{line.item_class}”不在范围内，应为甲类、乙类或丙类"
    if line.item_class == ItemClass.OUTSIDE and line.eligible:
        return "丙类（目录外）的费用不在政策范围内，政策范围内金额应为零"
    if line.item_class != ItemClass.CLASS_B and line.class_b_copay:
        return "只有乙类有乙类先行自付，此项应为零"
    return ""


def _not_covered(cover: Cover | None, *, year: int) -> ClaimRefused:
    if cover is None:
        why, cure = f"未参加{year}年度居民医保", "请核对参保情况；确已参保的先补录参保登记"
    elif not cover.is_paid:
        why, cure = f"{year}年度已登记但费用未缴清", "请先核对缴费到账情况，到账后重新结算"
    else:
        why, cure = f"{year}年度缴费后等待期已过年末，当年无待遇", "费用由个人负担"
    return ClaimRefused("not_covered", field="入院日期", why=why, cure=cure)


def _days(period: Period) -> str:
    return f"{period.first:%Y-%m-%d}至{period.last:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class CheckedClaims:
    """What the checks found of each claim in order, and what they read on the way."""

    found: Sequence[Accepted | ClaimRefused]
    people: PersonFacts
    laws: Laws

    @property
    def accepted(self) -> list[Accepted]:
        """Those that may be settled."""
        return [each for each in self.found if isinstance(each, Accepted)]


def check_claims(claims: Sequence[NewClaim]) -> CheckedClaims:
    """Return for each claim where it belongs or why it is refused; queries do not depend on how many there are."""
    ids = {claim.resident_id for claim in claims}
    days = {day for claim in claims for day in (claim.admitted_on, claim.discharged_on, claim.settled_on)}
    facilities = FACILITIES(codes=sorted({claim.facility_code for claim in claims}))
    covers = covers_of(resident_ids=ids, years={day.year for day in days})
    context = ClaimContext(
        people=person_facts(resident_ids=ids),
        facilities={facility.code: facility for facility in facilities},
        covers=covers,
        laws=Laws({cover.pooling_area_id: cover.area_path for cover in covers.by_person_year.values()}),
    )
    return CheckedClaims([context.verdict(claim) for claim in claims], context.people, context.laws)
