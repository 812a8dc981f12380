"""The day an agency's list was due becomes an agreement about its full list of identities."""

from django.db import migrations
from django.utils import timezone

ISSUERS = ("civil_affairs", "rural_affairs", "disabled_federation")


def agree(apps, schema_editor):
    agencies = apps.get_model("exchange", "Agency").objects.filter(
        list_due_day__isnull=False, kind__in=ISSUERS
    )
    agreements = apps.get_model("exchange", "ListAgreement").objects
    for agency in agencies.order_by("pk").iterator(chunk_size=1000):
        agreements.get_or_create(
            agency=agency,
            kind=f"identities.{agency.kind}",
            area_id=agency.area_id,
            mode="full",
            ends_on=None,
            defaults={
                "due_number": agency.list_due_day,
                "clause": "原登记的每月报送名单日",
                "starts_on": timezone.localdate().replace(day=1),
            },
        )


def forget(apps, schema_editor):
    agencies = apps.get_model("exchange", "Agency").objects
    agreements = apps.get_model("exchange", "ListAgreement").objects.filter(due_rule="day", mode="full")
    for agreement in agreements.filter(ends_on=None).order_by("pk").iterator(chunk_size=1000):
        agencies.filter(pk=agreement.agency_id).update(list_due_day=agreement.due_number)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_list_agreements")]

    operations = [migrations.RunPython(agree, forget)]
