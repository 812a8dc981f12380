"""Registers, past years, files of tax and finance on the upload page; files that apps above read by the same flow."""

from collections.abc import Mapping
from functools import partial

from django.contrib.auth.models import User

from enrollment.services.lists import KINDS, RECEIPTS, TAX_REQUESTS, FileSource, apply_list, plan_list
from enrollment.services.lists import ListKind as FileKind
from exchange.admin.list_kinds import ListKind, Upload, offer
from exchange.models import InboundBatch, RowOutcome
from exchange.parsers.templates import sample_of, template_of

MEANINGS: dict[str, dict[str, str]] = {
    RECEIPTS.name: {
        RowOutcome.NEW: "文号没有登记过，登记到账",
        RowOutcome.DUPLICATE: "清单内重复，只登记一次",
        RowOutcome.CONFLICT: "同一文号内容不同，不登记，请逐行核对",
    },
    TAX_REQUESTS.name: {
        RowOutcome.UNCHANGED: "与结算应付一致",
        RowOutcome.DUPLICATE: "同一人同一批次另有一行，合计后比对",
        RowOutcome.HELD: "与结算不符，确认后逐人开工单",
    },
}


def offer_file(kind: FileKind, *, meanings: Mapping[str, str] | None = None) -> None:
    """Offer a kind of file on the upload page.

    :param meanings: outcome → what it means for this kind, where the general words do not say it
    """

    def plan(upload: Upload) -> InboundBatch:
        source = FileSource(
            content=upload.content, file_name=upload.file_name, area=upload.area, as_of=upload.as_of
        )
        return plan_list(kind=kind, source=source, user=upload.user)

    def apply(*, batch: InboundBatch, user: User) -> InboundBatch:
        return apply_list(kind=kind, batch=batch, user=user)

    offer(
        ListKind(
            code=kind.name,
            label=kind.label,
            about=kind.about,
            template=partial(template_of, kind.form),
            sample=partial(sample_of, kind.form),
            plan=plan,
            apply=apply,
            meanings=meanings or {},
        )
    )


for each in KINDS.values():
    offer_file(each, meanings=MEANINGS.get(each.name))
