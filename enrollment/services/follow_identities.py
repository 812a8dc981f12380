"""The daily look at identities: quote anew who has not paid, ask about who has, remember up to when it looked."""

import datetime

from django.utils import timezone

from enrollment.services.follow_changes import requote_changed
from enrollment.services.late_identities import ask_about_late_identities
from exchange.models import Job, JobStatus
from exchange.services.jobs import finish_job, open_job

KIND = "follow_identities"
OVERLAP = datetime.timedelta(hours=6)  # above the longest import: its rows appear when it commits
LABELS = {
    "requoted": "重新核定",
    "under_refund": "退费在办未重新核定",
    "cases_opened": "提出工单",
    "cases_closed": "办结不再成立的工单",
    "no_more_aid": "不增加资助",
    "next_year": "次年起资助",
    "frozen": "已缴不退不调",
    "case": "逐案决定",
    "this_year": "本年度起资助",
    "requote": "随变动调整",
    "rule_not_published": "文件没有规定",
    "policy_not_found": "没有生效的政策",
}


def follow_identities(
    *, since: datetime.datetime, until: datetime.datetime, day: datetime.date
) -> dict[str, int]:
    """Bring quotes and questions up to the identities that changed in `[since, until)`; doing it twice is harmless.

    :returns: `requoted`, `under_refund` where years were left alone, and what `ask_about_late_identities` counts
    """
    requoted = requote_changed(since=since, until=until, day=day)
    left_alone = {"under_refund": requoted.under_refund} if requoted.under_refund else {}
    return {
        "requoted": requoted.anew,
        **left_alone,
        **ask_about_late_identities(since=since, until=until, day=day),
    }


def follow_identities_up_to(*, until: datetime.datetime) -> dict[str, int]:
    """Follow what changed since the last look that was finished, with some overlap, and put down the new one.

    A look that fails puts nothing down, so the next one begins where it did.
    """
    since = last_look(until=until) - OVERLAP
    counts = follow_identities(since=since, until=until, day=timezone.localdate(until))
    look = open_job(kind=KIND, params={"since": since, "until": until}, ranges=[])
    finish_job(job=look, message=_said(counts))
    return counts


def last_look(*, until: datetime.datetime, kind: str = KIND) -> datetime.datetime:
    """Return the moment the last finished look ended; before the first one, the beginning of the year before.

    Nothing earlier concerns a year that may be paid for still: windows open in the autumn before.

    :param kind: of the jobs that put looks down
    """
    looks = Job.objects.filter(kind=kind, status=JobStatus.DONE).order_by("-created_at")
    last = looks.values_list("params__until", flat=True).first()
    if last is not None:
        return datetime.datetime.fromisoformat(last)
    return timezone.localtime(until).replace(
        year=timezone.localdate(until).year - 1, month=1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _said(counts: dict[str, int]) -> str:
    return "，".join(f"{LABELS.get(name, name)} {count}" for name, count in counts.items())
