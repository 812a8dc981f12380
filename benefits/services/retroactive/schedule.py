"""The regular look at identities and paid years: what enrollment does about them, then what stood on them before."""

import datetime

from django.utils import timezone

from benefits.services.insured_years import follow_insured_years
from benefits.services.retroactive.follow import follow_changes
from enrollment.services.follow_identities import OVERLAP, follow_identities_up_to, last_look
from exchange.models import Job
from exchange.services.jobs import finish_job, open_job

KIND = "follow_retroactive"
LABELS = {
    "retroactive": "追溯变更",
    "cases_opened": "提出工单",
    "closed_at_once": "无须决定、随即办结",
    "asked_anew": "重新测算",
    "insured_years": "参保年度有变动",
    "states_corrected": "更正激励",
}


def follow_up_to(*, until: datetime.datetime) -> dict[str, int]:
    """Follow what changed since the last look that was finished, with some overlap, and put down the new one.

    Unpaid quotes are made anew first, so that a work list shows them as done; incentives follow the years paid before
    identities are looked at, so that it shows them as they stand.
    """
    follow_identities_up_to(until=until)
    since = last_look(until=until, kind=KIND) - OVERLAP
    counts = follow_insured_years(since=since, until=until)
    counts.update(follow_changes(since=since, until=until, day=timezone.localdate(until)))
    look: Job = open_job(kind=KIND, params={"since": since, "until": until}, ranges=[])
    finish_job(job=look, message="，".join(f"{LABELS[name]} {count}" for name, count in counts.items()))
    return dict(counts)
