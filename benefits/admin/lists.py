"""Hospitals' settlement files on the upload page."""

from functools import partial

from benefits.parsers.claims import FORM
from benefits.services.claim_lists import KIND, apply_claims, plan_claims
from exchange.admin.list_kinds import ListKind, Upload, offer
from exchange.models import InboundBatch
from exchange.parsers.templates import sample_of, template_of


def _plan(upload: Upload) -> InboundBatch:
    return plan_claims(
        content=upload.content,
        file_name=upload.file_name,
        area=upload.area,
        as_of=upload.as_of,
        user=upload.user,
    )


offer(
    ListKind(
        code=KIND,
        label="医院结算明细",
        about="一单一行，逐层计算基本医保、大病保险、医疗救助；同一单号只结算一次。",
        template=partial(template_of, FORM),
        sample=partial(sample_of, FORM),
        plan=_plan,
        apply=apply_claims,
    )
)
