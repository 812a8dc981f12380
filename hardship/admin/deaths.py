"""The list of the dead on the upload page."""

from collections.abc import Sequence
from functools import partial

from django.contrib.auth.models import User

from exchange.admin.list_kinds import Difference, ListKind, Upload, by_second, offer
from exchange.models import AgencyKind, BatchMode, InboundBatch, InboundRow, RowOutcome
from exchange.parsers.templates import sample_of, template_of
from hardship.parsers.deaths import FORM
from hardship.services.deaths import (
    KIND,
    apply_deaths,
    apply_held_deaths,
    ask_to_undo_deaths,
    plan_deaths,
    replan_deaths,
    undo_deaths,
)


def _plan(upload: Upload) -> InboundBatch:
    return plan_deaths(
        content=upload.content,
        file_name=upload.file_name,
        area=upload.area,
        as_of=upload.as_of,
        agency=upload.agency,
        user=upload.user,
    )


def _replan(*, batch: InboundBatch, user: User) -> InboundBatch:
    return replan_deaths(batch=batch)


def _differences(rows: Sequence[InboundRow], /) -> dict[int, list[Difference]]:
    return {
        row.pk: [Difference("死亡日期", "登记", "没有登记", row.payload["died_on"])]
        for row in rows
        if row.outcome == RowOutcome.NEW
    }


offer(
    ListKind(
        code=KIND,
        label="卫生健康死亡人员名单",
        about="登记名单内的人的死亡日期；不在名单上的人不受影响，也不恢复任何人。",
        plan=_plan,
        apply=apply_deaths,
        retry=apply_held_deaths,
        replan=_replan,
        ask_undo=ask_to_undo_deaths,
        undo=by_second(undo_deaths),
        compare=_differences,
        modes=(BatchMode.SUPPLEMENTARY,),
        sender=AgencyKind.HEALTH_COMMISSION,
        meanings={RowOutcome.NEW: "登记死亡日期", RowOutcome.UNCHANGED: "登记簿中已有同一死亡日期"},
        template=partial(template_of, FORM),
        sample=partial(sample_of, FORM),
    )
)
