"""What becomes of one line of a class list: the same answer when it is planned and, looked at again, when applied."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from enrollment.parsers.class_lists import ClassLine
from enrollment.parsers.residents import RESIDENT_ID
from enrollment.rules.student_places import HUKOU_COMMITTEE, SCHOOL, student_place
from enrollment.rules.windows import window_on
from enrollment.selectors.policies import policies_for
from enrollment.selectors.pupils import Pupils, areas_named, schools_named
from enrollment.services.doubles import DoubleEnrollment, doubles_at_registration, refuse_double
from enrollment.services.enroll import refuse_without_benefit
from enrollment.services.lists.misfits import GARBLED
from enrollment.services.lists.places import Places, places_of
from enrollment.services.quote import Ask, load_facts
from enrollment.services.told_late import days_that_count
from exchange.models import InboundBatch, RowOutcome
from hardship.rules.person_names import has_lost_signs, is_same_name
from policy.errors import DomainError
from policy.policy import Policy
from registry.models import Area, Resident, School
from registry.rules.identity_numbers import InvalidIdentityNumber, read_identity_number

COLUMNS = {
    "school": "学校",
    "id_number": "证件号码",
    "hukou_area": "户籍地",
    "name": "姓名",
    "year": "参保年度",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a line.

    :ivar place: where the pupil is registered; "" = nobody is
    :ivar year: coverage year; 0 = not known
    :ivar day: the day the registration counts from; null = not asked yet, or nobody is registered
    """

    outcome: str
    code: str = ""
    message: str = ""
    column: str = ""
    place: str = ""
    year: int = 0
    day: datetime.date | None = None

    @property
    def enrolls(self) -> bool:
        """Whether the pupil is enrolled."""
        return self.outcome == RowOutcome.NEW


@dataclass(frozen=True, slots=True)
class ClassView:
    """What the lines of a list name: schools and areas, the policies of the schools, and the list's day."""

    day: datetime.date
    schools: Mapping[str, School]
    areas: Mapping[str, Area]
    places: Places
    policies: Mapping[tuple[int, int], Policy]
    years: Mapping[int, int] = field(default_factory=dict)

    def year(self, line: ClassLine, school: School) -> int:
        """Return the coverage year: as the line says, else the one whose window is open; 0 = none is."""
        return line.coverage_year or self.years.get(school.area_id, 0)

    def pool(self, school: School) -> int | None:
        """Return the key of the pooling area the school stands in; null = none."""
        return self.places.pooling.get(school.area.code)


def class_view(batch: InboundBatch, lines: Iterable[ClassLine]) -> ClassView:
    """Return what the lines name, in a number of queries that grows with the policies only."""
    told = list(lines)
    schools = schools_named({line.school for line in told}, area=batch.area)
    areas = areas_named({line.hukou_area for line in told})
    near = {batch.as_of.year, batch.as_of.year + 1}
    years = near | {line.coverage_year for line in told if line.coverage_year}
    paths = {school.area_id: school.area.path for school in schools.values()}
    policies = policies_for(paths=paths, years=years)
    codes = {school.area.code for school in schools.values()} | {area.code for area in areas.values()}
    return ClassView(
        day=batch.as_of,
        schools=schools,
        areas=areas,
        places=places_of(codes),
        policies=policies,
        years={
            area: year for year in sorted(near) for area in paths if _is_open(policies, area, year, batch)
        },
    )


def decide(line: ClassLine, key: bytes | None, *, view: ClassView, known: Pupils) -> Decision:
    """Return what becomes of a line, the quote apart."""
    school = view.schools.get(line.school)
    if school is None or view.pool(school) is None:
        said = f"“{line.school}”没有登记为本地区的学校，请先在“学校”登记，或改填学校代码"
        return Decision(RowOutcome.REFUSED, "school_unknown", said, COLUMNS["school"])
    if key is None:
        said = line.fault or "证件号码为空"
        return Decision(RowOutcome.HELD, "document_missing", said, COLUMNS["id_number"])
    year = view.year(line, school)
    policy = view.policies.get((school.area_id, year))
    if policy is None or policy.data.enrollment is None:
        said = f"{view.day} 不在任何缴费期内，请填写参保年度" if not year else f"没有已生效的 {year} 年度政策"
        return Decision(RowOutcome.HELD, "no_policy", said, COLUMNS["year"])
    resident = known.residents.get(key)
    if resident is None:
        return _newcomer(line, year, view)
    return _barred(line, resident, school, view) or _known(line, resident, year, policy, view, known)


def judged(asked: Mapping[int, tuple[Decision, str]], *, day: datetime.date) -> dict[int, Decision]:
    """Return what becomes of pupils who were to be enrolled: dated by the day that counts, or barred with the reason.

    Barred is who has no rule, no benefit day, or cover elsewhere that stays.

    :param asked: resident → decision and class of insured
    """
    if not asked:
        return {}
    said = [Ask(pk, decision.year, day, population) for pk, (decision, population) in asked.items()]
    days = days_that_count(said)
    asks = {ask.resident_id: ask._replace(paid_on=days[ask.resident_id]) for ask in said}
    refused = _without_benefit(asks) | _covered_elsewhere(asks, day=day)
    return {
        pk: _refused(decision, refused[pk]) if pk in refused else replace(decision, day=days[pk])
        for pk, (decision, _population) in asked.items()
    }


def _refused(decision: Decision, why: DomainError) -> Decision:
    """Return the decision not to enroll: in conflict with cover elsewhere, else held until law and day allow it."""
    outcome = RowOutcome.CONFLICT if isinstance(why, DoubleEnrollment) else RowOutcome.HELD
    return replace(decision, outcome=outcome, code=why.code[:60], message=why.message[:500], place="")


def _without_benefit(asks: Mapping[int, Ask]) -> dict[int, DomainError]:
    """Return for whom the documents are silent, or leave no day of benefit."""
    found: dict[int, DomainError] = {}
    facts = load_facts(asks.values())
    for pk, ask in asks.items():
        try:
            refuse_without_benefit(pk, facts.quote(ask), confirmed=False)
        except DomainError as refused:
            found[pk] = refused
    return found


def _covered_elsewhere(asks: Mapping[int, Ask], *, day: datetime.date) -> dict[int, DomainError]:
    """Return who stays insured elsewhere by the rule of double enrolment, with its words."""
    together: defaultdict[tuple[int, str | None], list[int]] = defaultdict(list)
    for pk, ask in asks.items():
        together[ask.coverage_year, ask.population].append(pk)
    found: dict[int, DomainError] = {}
    for (year, population), ids in together.items():
        doubles = doubles_at_registration(
            resident_ids=ids, coverage_year=year, day=day, population=population
        )
        for double in doubles:
            try:
                refuse_double([double])
            except DomainError as refused:
                found[double.beside.here.resident_id] = refused
    return found


def _newcomer(line: ClassLine, year: int, view: ClassView) -> Decision:
    """Return what becomes of somebody not on record: registered by document, name and hukou, else held."""
    if fault := document_fault(line, on=view.day):
        return Decision(RowOutcome.HELD, "document_invalid", fault, COLUMNS["id_number"])
    if has_lost_signs(line.name):
        return Decision(RowOutcome.HELD, *GARBLED, COLUMNS["name"])
    if line.hukou_area not in view.areas:
        said = f"首次登记的学生须有户籍地；没有“{line.hukou_area}”这个区划，或有重名，请填区划代码"
        return Decision(RowOutcome.HELD, "hukou_unknown", said, COLUMNS["hukou_area"])
    return Decision(RowOutcome.NEW, "newcomer", "首次登记，在学校参保", place=SCHOOL, year=year)


def document_fault(line: ClassLine, *, on: datetime.date) -> str:
    """Return why nobody can be registered by the document; "" = it is in order."""
    if line.id_kind != RESIDENT_ID:
        return "" if line.sex and line.born_on else "非身份证登记的，须填写性别和出生日期"
    try:
        read_identity_number(line.id_number, on=on)
    except InvalidIdentityNumber as invalid:
        return invalid.message
    return ""


def _barred(line: ClassLine, resident: Resident, school: School, view: ClassView) -> Decision | None:
    """Return why a line is not taken for the person who holds its number; null = it is."""
    if not is_same_name(line.name, resident.name):
        said = "该证件号码登记的是另一个姓名，请核对"
        return Decision(RowOutcome.CONFLICT, "name_differs", said, COLUMNS["name"])
    if resident.died_on is not None:
        return Decision(RowOutcome.CONFLICT, "resident_dead", f"已登记于 {resident.died_on} 死亡，请核对")
    if resident.pooling_area_id != view.pool(school):
        said = f"居住地登记在{resident.living_area.name}，跨统筹区的先办理迁移再登记"
        return Decision(RowOutcome.HELD, "lives_elsewhere", said)
    return None


def _known(
    line: ClassLine, resident: Resident, year: int, policy: Policy, view: ClassView, known: Pupils
) -> Decision:
    standing = known.enrollments.get((resident.pk, year))
    if standing is not None and standing.pooling_area_id != resident.pooling_area_id:
        said = f"已于 {standing.registered_on} 在{standing.pooling_area.name}登记 {year} 年度，不重复登记"
        return Decision(RowOutcome.CONFLICT, "enrolled_at_home", said, year=year)
    if standing is not None:
        moves = resident.school_id != view.schools[line.school].pk
        outcome = RowOutcome.CHANGED if moves else RowOutcome.UNCHANGED
        return Decision(outcome, "", f"{year} 年度已登记" + ("，登记所在学校" if moves else ""), year=year)
    return _placed(line, resident, year, policy, known.is_assisted(resident.pk, day=view.day, year=year))


def _placed(line: ClassLine, resident: Resident, year: int, policy: Policy, is_assisted: bool) -> Decision:  # noqa: FBT001
    """Return where a pupil is registered by the rule of the place."""
    assert policy.data.enrollment is not None
    try:
        place = student_place(policy.data.enrollment, is_assisted=is_assisted, override=line.override)
    except DomainError as silent:
        return Decision(RowOutcome.HELD, silent.code, silent.message, year=year)
    clause = place.steps[0].clause
    if place.value == SCHOOL:
        said = f"困难学生在校办理：{line.override}" if is_assisted and line.override else "在学校参保"
        return Decision(RowOutcome.NEW, "", said, place=SCHOOL, year=year)
    if not resident.hukou_area.path.startswith(resident.pooling_area.path):
        said = f"困难学生应回户籍地{resident.hukou_area.name}登记（{clause}）；确需在校办理的，填写理由后重新导入"
        return Decision(RowOutcome.HELD, "assisted_hukou_elsewhere", said, year=year)
    said = f"困难学生，登记在户籍地{resident.hukou_area.name}（{clause}）"
    return Decision(RowOutcome.NEW, "at_hukou", said, place=HUKOU_COMMITTEE, year=year)


def _is_open(policies: Mapping[tuple[int, int], Policy], area: int, year: int, batch: InboundBatch) -> bool:
    """Return whether a window of the year is open on the day of the list."""
    policy = policies.get((area, year))
    if policy is None or policy.data.enrollment is None:
        return False
    try:
        return window_on(policy.data.enrollment, batch.as_of) is not None
    except DomainError:
        return False
