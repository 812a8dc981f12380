"""The people of a journey: who they are as written, and the records they get."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stdnum.cn import ric

from enrollment.models import ContributionPeriod, ContributionState, Enrollment
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import DAY, TEXT, Input, Kind, read_inputs
from oversight.services.worked_cases.journey_places import OUTSIDE, Places
from policy.money import ZERO
from registry.batch.history import write_with_history
from registry.models import Area, Resident
from registry.models.sealing import blind_index
from registry.selectors import resident_ids_by_index
from registry.services.register_residents import NewResident, register_residents

SEXES = {"male": 1, "female": 0}
ADULT = datetime.date(1980, 1, 1)
UNALLOCATED = "99"
NUMBERS = 499


def _sex(raw: Any) -> str:
    if raw not in SEXES:
        raise ValueError(raw)
    return str(raw)


def _years(raw: Any) -> tuple[int, ...]:
    if not isinstance(raw, list) or not all(isinstance(year, int) for year in raw):
        raise TypeError(raw)
    return tuple(raw)


YEARS = Kind("年度列表", _years)
PERSON = (
    Input("name", TEXT, "姓名；不写为表名"),
    Input("born_on", DAY, "出生日期；有 born 事件的不写，其余不写为 1980-01-01"),
    Input("sex", Kind('"male"/"female"', _sex), "性别", default="female"),
    Input("living", TEXT, "居住地区划代码；不写为本用例的 area"),
    Input("hukou", TEXT, '户籍地："inside" 同居住地，"outside" 统筹地区外，或区划代码', default="inside"),
    Input("spouse_of", TEXT, "随军配偶：所随军人（本用例中的人）"),
    Input("insured_years", YEARS, "本系统之前已在本统筹地区参加居民医保的年度", default=()),
)


@dataclass
class People:
    """Everybody of one journey, on record from its beginning.

    :param born: name → birthday said by a `born` event
    """

    described: Mapping[str, Mapping[str, Any]]
    places: Places
    area: str
    born: Mapping[str, datetime.date]
    keys: dict[str, int] = field(default_factory=dict)
    coming: set[str] = field(default_factory=set)

    def resident(self, name: str) -> Resident:
        """Return the person as now on record, put there if need be.

        :raises CaseInvalid: if the journey does not know the name
        """
        if name not in self.keys:
            self.keys[name] = self._register(name).pk
        return Resident.objects.select_related("living_area", "pooling_area").get(pk=self.keys[name])

    def name_of(self, resident_id: int | None) -> str | None:
        """Return how the journey calls a resident."""
        return next((name for name, key in self.keys.items() if key == resident_id), None)

    def _register(self, name: str) -> Resident:
        if name not in self.described:
            raise CaseInvalid(f"没有这个人：{name}；请写 [journey.people.{name}]")
        if name in self.coming:
            raise CaseInvalid(f"{name} 的 spouse_of 绕回了本人")
        self.coming.add(name)
        facts = read_inputs(PERSON, self.described[name])
        living = self.places.area(facts["living"] or self.area)
        hukou = {"inside": living.code, "outside": OUTSIDE}.get(facts["hukou"], facts["hukou"])
        born_on = facts["born_on"] or self.born.get(name, ADULT)
        row = NewResident(
            name=facts["name"] or name,
            id_number=_free_number(living.code, born_on, male=facts["sex"] == "male"),
            living_area_id=living.pk,
            hukou_area_id=self.places.area(hukou).pk,
            military_spouse_id=self.resident(facts["spouse_of"]).pk if facts["spouse_of"] else None,
        )
        try:
            (resident,) = register_residents(rows=[row], reason="worked case", on=datetime.date.max)
        except Area.DoesNotExist:
            raise CaseInvalid(f"{living.code} 及其上级没有统筹地区；请写 area 或 living") from None
        _insure_before(resident, facts["insured_years"])
        return resident


def _free_number(area: str, born_on: datetime.date, *, male: bool) -> str:
    """Return a valid number of a division never allocated that nobody holds.

    :raises CaseInvalid: if all numbers of the birthday are taken
    """
    for serial in range(NUMBERS, -1, -1):
        body = f"{area[:4]}{UNALLOCATED}{born_on:%Y%m%d}{serial * 2 + male:03d}"
        number = body + ric.calc_check_digit(body + "0")
        if not resident_ids_by_index([blind_index(number)]):
            return number
    raise CaseInvalid(f"{born_on} 出生的虚构证件号码已用完")


def _insure_before(resident: Resident, years: tuple[int, ...]) -> None:
    """Write years insured before this system, as the platform tells them: facts without figures."""
    enrollments = write_with_history(
        [
            Enrollment(
                resident=resident,
                coverage_year=year,
                pooling_area_id=resident.pooling_area_id,
                registered_on=datetime.date(year - 1, 10, 1),
            )
            for year in years
        ],
        reason="worked case",
    )
    write_with_history(
        [
            ContributionPeriod(
                enrollment=enrollment,
                resident=resident,
                coverage_year=enrollment.coverage_year,
                due=ZERO,
                payable=ZERO,
                state=ContributionState.PAID,
                quoted_on=enrollment.registered_on,
                paid_on=enrollment.registered_on,
                benefit_start=datetime.date(enrollment.coverage_year, 1, 1),
                benefit_end=datetime.date(enrollment.coverage_year, 12, 31),
            )
            for enrollment in enrollments
        ],
        reason="worked case",
    )
