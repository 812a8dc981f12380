"""The key of a question about a late identity says what it asked: since when, after which correction, how much."""

import re

from django.db import migrations
from django.utils import timezone

ASKED = r"^assistance_choice:[0-9]+:[0-9]+:[^:]+"
REASON = "工单去重键写明所问的身份起始日和数额"
CHUNK = 1000


def name(apps, schema_editor):
    rows = apps.get_model("casework", "Case").objects.filter(dedupe_key__regex=f"{ASKED}$")
    asked = rows.filter(detail__has_keys=["since", "aid"])
    _rename(apps, asked, lambda case: f"{case.dedupe_key}:{case.detail['since']}:0:{case.detail['aid']}")


def forget(apps, schema_editor):
    """Give the keys back; of several questions that would share one the first keeps it."""
    rows = apps.get_model("casework", "Case").objects.filter(dedupe_key__regex=f"{ASKED}:")
    taken = set()

    def short(case):
        key = re.match(ASKED, case.dedupe_key)[0]
        if key in taken:
            return None
        taken.add(key)
        return key

    _rename(apps, rows, short)


def _rename(apps, rows, key_of):
    cases, history = apps.get_model("casework", "Case"), apps.get_model("casework", "HistoricalCase")
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        part = list(cases.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk"))
        for case in part:
            case.dedupe_key = key_of(case)
        cases.objects.bulk_update(part, ["dedupe_key"])
        history.objects.bulk_create(_was(history, case) for case in part)


def _was(history, case):
    figures = {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}
    moment = {"history_date": timezone.now(), "history_type": "~", "history_change_reason": REASON}
    return history(**figures, **moment)


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_proposals"), ("enrollment", "0007_who_changed_a_paid_year")]

    operations = [migrations.RunPython(name, forget)]
