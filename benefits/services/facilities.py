"""Keep the list of designated hospitals and clinics."""

from collections import Counter
from collections.abc import Container

from django.db import transaction

from benefits.models import Facility
from benefits.parsers.facilities import ListedFacility, read_facilities
from exchange.models import Agency
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area


class FacilityRowWrong(DomainError):
    """A row lacks its code or name, repeats a code, or names an unknown area or agency; nothing is taken."""

    code = "facility_row_wrong"


@transaction.atomic
def load_facilities(*, content: bytes, file_name: str) -> Counter[str]:
    """Store the facilities of a list, new ones and changed ones; those it leaves out stay.

    A row without an agency code leaves the facility with the agency it has.

    :returns: how many were new, changed and unchanged
    :raises ListUnreadable: if it is no such file
    :raises FacilityRowWrong: naming the first wrong row
    """
    listed = read_facilities(content, file_name)
    areas = dict(Area.objects.filter(code__in={row.area_code for row in listed}).values_list("code", "pk"))
    agencies = dict(
        Agency.objects.filter(code__in={row.agency_code for row in listed}).values_list("code", "pk")
    )
    known = Facility.objects.in_bulk([row.code for row in listed], field_name="code")
    seen: set[str] = set()
    new: list[Facility] = []
    old: list[Facility] = []
    for row in listed:
        _check(row, areas, agencies, seen)
        facility = known.get(row.code) or Facility(code=row.code)
        facility.name, facility.grade, facility.area_id = row.name, row.grade, areas[row.area_code]
        facility.agency_id = agencies.get(row.agency_code, facility.agency_id)
        facility.is_active = True
        (old if facility.pk else new).append(facility)
    reason = f"import {file_name}"
    changed = rewrite_with_history(
        old, fields=["name", "grade", "area", "agency", "is_active"], reason=reason
    )
    write_with_history(new, reason=reason)
    return Counter(new=len(new), changed=len(changed), unchanged=len(old) - len(changed))


def _check(row: ListedFacility, areas: Container[str], agencies: Container[str], seen: set[str]) -> None:
    if not row.code or not row.name:
        raise FacilityRowWrong(f"第{row.line}行缺少机构编码或名称", row=row.line)
    if row.code in seen:
        raise FacilityRowWrong(f"第{row.line}行的机构编码 {row.code} 重复", row=row.line)
    if row.area_code not in areas:
        raise FacilityRowWrong(f"第{row.line}行的区划代码“{row.area_code}”不存在", row=row.line)
    if row.agency_code and row.agency_code not in agencies:
        raise FacilityRowWrong(
            f"第{row.line}行的机构账号“{row.agency_code}”不存在，请先在“外部门”中登记", row=row.line
        )
    seen.add(row.code)
