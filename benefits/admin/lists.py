"""Hospitals' settlement files on the upload page."""

from benefits.services.claim_lists import KIND, apply_claims, plan_claims
from exchange.admin.list_kinds import ListKind, Upload, offer
from exchange.models import InboundBatch


def _plan(upload: Upload) -> InboundBatch:
    return plan_claims(
        content=upload.content,
        file_name=upload.file_name,
        area=upload.area,
        as_of=upload.as_of,
        user=upload.user,
    )


offer(ListKind(code=KIND, label="医院结算明细", plan=_plan, apply=apply_claims))
