"""Drafts become law by four eyes; what was law stays readable for ever."""

import hashlib

from django.contrib.auth.models import AbstractBaseUser
from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from simple_history.utils import update_change_reason

from policy.errors import DomainError, PolicyInvalid
from policy.loader import build, read_shipped, shipped_keys
from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy
from policy.selectors import read_approved


class PolicyFrozen(DomainError):
    """An approved or superseded version never changes."""

    code = "policy_frozen"


class SamePerson(DomainError):
    """Whoever wrote a version may not approve it."""

    code = "same_person"


def parse_draft(text: str) -> Policy:
    """Return the policy written in `text` over the approved versions of its parents.

    :raises DomainError: whatever the loader refuses
    """

    def read(key: str) -> str:
        return text if key == "draft" else read_approved(key)

    return build("draft", read)


@transaction.atomic
def save_draft(
    *,
    text: str,
    user: AbstractBaseUser | None,
    version: PolicyVersion | None = None,
    source_document: "File[bytes] | None" = None,
    corrects: bool = False,
) -> PolicyVersion:
    """Save a draft, new or changed, after checking that it loads and keeps the bounds above it.

    :param source_document: the document the text was made from; null = keep the one that is there
    :param corrects: it puts errors of the text in force right and is no new law
    :raises PolicyFrozen: if `version` is no draft any more
    :raises PolicyInvalid: if a changed draft names another area or year, or corrects what is not in force
    """
    policy = parse_draft(text)
    if version is None:
        last = PolicyVersion.objects.filter(area=policy.area, year=policy.year).aggregate(last=Max("number"))[
            "last"
        ]
        version = PolicyVersion(
            area=policy.area, year=policy.year, number=(last or 0) + 1, created_by_id=_pk(user)
        )
    elif version.status != PolicyStatus.DRAFT:
        raise PolicyFrozen(f"{version.key} 第{version.number}版已不是草稿，不能再改；请新建一版。")
    elif (policy.area, policy.year) != (version.area, version.year):
        raise PolicyInvalid("草稿的地区和年度不能改；请新建一版。")
    if corrects:
        refuse_correcting_nothing(policy)
    version.title, version.text, version.digest = policy.data.title, text, _digest(text)
    version.corrects = corrects
    if source_document is not None:
        version.source_document = source_document
    version.save()
    update_change_reason(version, f"save draft {version.key}")
    return version


def refuse_correcting_nothing(policy: Policy) -> None:
    """Refuse that a draft puts errors of a text right where none is in force.

    :raises PolicyInvalid: if so
    """
    standing = PolicyVersion.objects.filter(area=policy.area, year=policy.year, status=PolicyStatus.APPROVED)
    if not standing.exists():
        raise PolicyInvalid(f"{policy.area} 没有已生效的 {policy.year} 年度政策，本版不能是文字差错的更正。")


@transaction.atomic
def submit(*, version: PolicyVersion) -> PolicyVersion:
    """Hand a draft to a second person.

    :raises PolicyFrozen: if it is no draft
    """
    if version.status != PolicyStatus.DRAFT:
        raise PolicyFrozen(f"{version.key} 第{version.number}版不是草稿，不能提交。")
    version.status = PolicyStatus.SUBMITTED
    version.save(update_fields=["status"])
    update_change_reason(version, f"submit {version.key}")
    return version


@transaction.atomic
def approve(*, version: PolicyVersion, user: AbstractBaseUser) -> PolicyVersion:
    """Make a submitted version the law of its area and year; the one before it is superseded.

    :raises SamePerson: if the author approves
    :raises PolicyFrozen: if it was not submitted
    """
    if version.status != PolicyStatus.SUBMITTED:
        raise PolicyFrozen(f"{version.key} 第{version.number}版没有提交复核，不能生效。")
    if version.created_by_id == user.pk:
        raise SamePerson("录入人不能复核自己的政策版本，请换一位同事。")
    parse_draft(version.text)
    return _make_current(version, approved_by=user)


def _make_current(version: PolicyVersion, *, approved_by: AbstractBaseUser | None) -> PolicyVersion:
    for before in PolicyVersion.objects.filter(
        area=version.area, year=version.year, status=PolicyStatus.APPROVED
    ).select_for_update(of=("self",)):
        before.status = PolicyStatus.SUPERSEDED
        before.save(update_fields=["status"])
        update_change_reason(before, f"superseded by version {version.number}")
    version.status = PolicyStatus.APPROVED
    version.approved_by_id = _pk(approved_by)
    version.approved_at = timezone.now()
    version.save()
    update_change_reason(version, f"approve {version.key}")
    return version


@transaction.atomic
def load_shipped_policies() -> tuple[list[str], list[str]]:
    """Load every shipped file whose area and year have no version with the same text yet.

    Shipped files were reviewed with the program and hold at once, unless the bureau has approved a version of
    its own: then they are left for it to look at, as drafts.

    :returns: keys loaded, keys left unchanged
    """
    loaded, unchanged = [], []
    for key in shipped_keys():
        text = read_shipped(key)
        policy = build(key, read_shipped)
        known = PolicyVersion.objects.filter(area=policy.area, year=policy.year)
        if known.filter(digest=_digest(text)).exists():
            unchanged.append(key)
            continue
        version = PolicyVersion(
            area=policy.area,
            year=policy.year,
            number=(known.aggregate(last=Max("number"))["last"] or 0) + 1,
            title=policy.data.title,
            text=text,
            digest=_digest(text),
        )
        if known.filter(status=PolicyStatus.APPROVED, approved_by__isnull=False).exists():
            version.save()
            update_change_reason(version, f"shipped {key}")
        else:
            _make_current(version, approved_by=None)
        loaded.append(key)
    return loaded, unchanged


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _pk(user: AbstractBaseUser | None) -> int | None:
    return None if user is None else user.pk
