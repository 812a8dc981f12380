"""Every reason to refuse a claim before any money is worked out."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils import timezone

from benefits.models import Facility
from benefits.rules.tracks import track_code, track_names
from benefits.selectors.coverage import Cover, Covers, covers_of
from benefits.selectors.laws import Laws
from benefits.services.bills import ClaimRefused, NewClaim, check_bill
from enrollment.rules.cover import covered_stay
from hardship.selectors import PersonFacts, person_facts
from hardship.selectors.facts import Known
from policy.dates import Period
from policy.errors import DomainError
from policy.policy import Policy
from registry.batch.asked_again import TEXTS, AskedAgain

FACILITIES = AskedAgain(lambda codes: Facility.objects.filter(code__among=codes, is_active=True), codes=TEXTS)


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
