"""Two records of a newborn become one: proposed by one person, confirmed by another, refused where they contradict."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from casework.models import Case, CaseState
from casework.services import NewCase, effect, open_case, propose_case
from enrollment.models import BillingLeftOut, ContributionPeriod, Enrollment, EnrollmentStatus
from hardship.models import Recognition
from policy.errors import DomainError
from registry.models import Resident
from registry.services.merge_residents import MergeBarred, bars_merging, merge_residents, why_not_merge

KIND, CONTRADICTION = "resident_merge", "resident_merge_contradiction"
MERGE = "merge"
OPTIONS = {MERGE: "合并为一份档案", "apart": "不是同一人，不合并"}


class MergePending(DomainError):
    """A merge of one of the two waits for its confirmation already."""

    code = "merge_pending"


class EvidenceMissing(DomainError):
    """A merge rests on a document."""

    code = "evidence_missing"


def propose_merge(
    *, first: Resident, second: Resident, evidence: str, reason: str, user: AbstractBaseUser
) -> Case:
    """Propose that two records be one; nothing moves until a second person has confirmed it.

    Where both have paid for one year, a case asks which payment goes back instead.

    :param evidence: number of the household register page or of another document that names both numbers
    :raises EvidenceMissing: without it
    :raises MergePending: if another proposal about one of them waits
    :raises MergeBarred: if the records contradict each other otherwise
    """
    if not evidence.strip():
        raise EvidenceMissing("请填写写有两个证件号码的材料（户口簿页、出生医学证明）编号", field="evidence")
    keys = sorted([first.pk, second.pk])
    subject = f"residents:{keys[0]},{keys[1]}"
    waiting = Case.objects.filter(kind=KIND, resident__in=keys, performed_at=None)
    if other := waiting.exclude(state=CaseState.CLOSED).first():
        raise MergePending(f"其中一份档案已有待复核的合并（工单 #{other.pk}）", case=other.pk)
    if years := _paid_by_both(first, second):
        return _contradiction(first, years, subject=subject, user=user)
    if why := why_not_merge(first, second):
        raise MergeBarred("；".join(why), why=why)
    kept, gone = which_stays(first, second)
    question = NewCase(
        kind=KIND,
        title=f"合并{kept.name}的两份档案",
        area_id=kept.living_area_id,
        resident_id=kept.pk,
        subject_ref=subject,
        reason=f"{kept.masked_id_number} 与 {gone.masked_id_number}；凭证：{evidence.strip()}",
        options=OPTIONS,
        detail={"evidence": evidence.strip(), "kept": kept.pk, "gone": gone.pk},
    )
    return propose_case(case=question, decision=MERGE, reason=reason, user=user)


def which_stays(first: Resident, second: Resident) -> tuple[Resident, Resident]:
    """Return the record that stays and the one that goes: paid years stay where they are, else the older record."""
    paid = set(_paid([first.pk, second.pk]).values_list("resident", flat=True))
    kept, gone = sorted((first, second), key=lambda each: (each.pk not in paid, each.pk))
    return kept, gone


@effect(KIND, MERGE)
def merge(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Merge, as both have agreed.

    :raises MergeBarred: if something contradicts by now
    """
    people = Resident.objects.in_bulk([case.detail["kept"], case.detail["gone"]])
    if len(people) < len({"kept", "gone"}):
        raise MergeBarred("其中一份档案已不在，请核对", why=[])
    kept, gone = people[case.detail["kept"]], people[case.detail["gone"]]
    with transaction.atomic():
        runs = BillingLeftOut.objects.filter(resident=kept).values("run")
        BillingLeftOut.objects.filter(resident=gone, run__in=runs).delete()
        moved = merge_residents(kept=kept, gone=gone, reason=case.decision_reason, user=second_user or user)
    told = "、".join(f"{label} {count} 条" for label, count in moved.items())
    return f"已合并，出生医学证明编号和身份证号都查到同一人；并入{told or '的档案没有其他记录'}。"


def _contradiction(resident: Resident, years: Sequence[int], *, subject: str, user: AbstractBaseUser) -> Case:
    """Return the case about years paid twice, opened now or standing already."""
    key = f"{CONTRADICTION}:{subject}:{','.join(map(str, years))}"
    opened = open_case(
        case=NewCase(
            kind=CONTRADICTION,
            title=f"同一人两份档案都已缴 {'、'.join(map(str, years))} 年度",
            area_id=resident.living_area_id,
            resident_id=resident.pk,
            subject_ref=subject,
            reason="先由税务退回其中一笔、撤销该笔登记，再提出合并。",
            dedupe_key=key,
        ),
        user=user,
    )
    return opened or Case.objects.get(dedupe_key=key)


def _paid(ids: Sequence[int]) -> QuerySet[ContributionPeriod]:
    return ContributionPeriod.objects.filter(
        resident__in=ids, paid__gt=0, enrollment__status=EnrollmentStatus.ACTIVE
    )


def _paid_by_both(first: Resident, second: Resident) -> list[int]:
    years = [set(_paid([each.pk]).values_list("coverage_year", flat=True)) for each in (first, second)]
    return sorted(years[0] & years[1])


@bars_merging
def _enrolled_twice(first: Resident, second: Resident) -> list[str]:
    standing = Enrollment.objects.filter(status=EnrollmentStatus.ACTIVE)
    years = [
        set(standing.filter(resident=each).values_list("coverage_year", flat=True))
        for each in (first, second)
    ]
    both = sorted(years[0] & years[1])
    return [f"两份档案都有 {year} 年度参保登记，请先打开其中未缴费的一份，点“撤销登记”" for year in both]


@bars_merging
def _recognized_twice(first: Resident, second: Resident) -> list[str]:
    held = [Recognition.objects.filter(resident=each).select_related("category") for each in (first, second)]
    twice = {
        one.category.label
        for one in held[0]
        for other in held[1]
        if one.category_id == other.category_id
        and (one.valid_to is None or other.valid_from < one.valid_to)
        and (other.valid_to is None or one.valid_from < other.valid_to)
    }
    return [f"两份档案在同一时期都认定为{label}，请先作废其中一条" for label in sorted(twice)]
