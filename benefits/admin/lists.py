"""Hospitals' settlement files, and the agencies' answers to alerts, on the upload page."""

from functools import partial

from benefits.parsers.claims import FORM
from benefits.services.answer_lists import ANSWERS, apply_answers
from benefits.services.claim_lists import KIND, apply_claims, plan_claims
from enrollment.services.lists import FileSource, plan_list
from exchange.admin.list_kinds import ListKind, Upload, offer
from exchange.models import InboundBatch, RowOutcome
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


def _plan_answers(upload: Upload) -> InboundBatch:
    source = FileSource(
        content=upload.content, file_name=upload.file_name, area=upload.area, as_of=upload.as_of
    )
    return plan_list(kind=ANSWERS, source=source, user=upload.user)


offer(
    ListKind(
        code=ANSWERS.name,
        label=ANSWERS.label,
        about=ANSWERS.about,
        template=partial(template_of, ANSWERS.form),
        sample=partial(sample_of, ANSWERS.form),
        plan=_plan_answers,
        apply=apply_answers,
        meanings={
            RowOutcome.NEW: "登记为部门的反馈",
            RowOutcome.UNCHANGED: "没有填写结果，或与上次反馈相同，不处理",
            RowOutcome.DUPLICATE: "清单内重复，只登记一次",
            RowOutcome.CONFLICT: "姓名不符或前后矛盾，不登记，请逐行核对",
        },
    )
)
