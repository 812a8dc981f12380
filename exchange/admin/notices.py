"""What somebody has to know of a batch before they go on: its state, what it would end, what a worker did."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from exchange.admin.progress import failed_job
from exchange.models import BatchStatus, InboundBatch, JobStatus, RowOutcome
from exchange.rules.endings import EndingsGuard
from policy.admin.display import name_of

ASIDE = (RowOutcome.HELD, RowOutcome.CONFLICT, RowOutcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know before going on; tone as of badges."""

    tone: str
    text: str


def guard_notice(guard: EndingsGuard, *, batch: InboundBatch, user: User | AnonymousUser) -> Notice:
    """Return in words what would end and who has to agree."""
    if not guard.ending:
        return Notice("green", f"不取消任何认定（清单所涉在册 {guard.standing:,} 条）。")
    parts = _parts(guard, left_out=batch.counts.get(RowOutcome.ENDED, 0))
    among = f"（{'，'.join(parts)}）" if parts else ""
    verb = "取消或提前终止" if guard.shortened else "取消"
    said = (
        f"将{verb} {guard.ending:,} 条认定{among}，占清单所涉在册 {guard.standing:,} 条的 {guard.share:.1%}，"
        f"{'超过' if guard.is_passed else '不超过'} {guard.limit:.0%}"
        f"{f'；其中{guard.passed_in}' if guard.passed_in else ''}"
    )
    if not guard.needs_second:
        return Notice("orange", f"{said}，一人即可确认。")
    if user.pk == batch.created_by_id:
        return Notice("red", f"{said}：您是导入人，须请另一位同事打开本页确认。")
    return Notice("red", f"{said}：须由导入人以外的人确认，您确认即为复核。")


def _parts(guard: EndingsGuard, *, left_out: int) -> list[str]:
    """Return in words what else ends than people whom the list leaves out; empty = nothing else."""
    elsewise = guard.ending - guard.shortened - left_out
    if not elsewise and not guard.shortened:
        return []
    parts = {"名单以外": left_out, "改认其他身份": elsewise, "提前终止": guard.shortened}
    return [f"{words} {count:,} 条" for words, count in parts.items() if count > 0]


def guard_notices(
    guard: EndingsGuard | None, *, batch: InboundBatch, user: User | AnonymousUser
) -> list[Notice]:
    """Return what somebody has to know of the endings before they confirm."""
    if guard is None:
        return []
    alone = [Notice("orange", guard.left_alone)] if guard.left_alone else []
    return [guard_notice(guard, batch=batch, user=user), *alone]


def state_notices(batch: InboundBatch) -> list[Notice]:
    """Return what the state of the batch means."""
    if (failed := failed_job(batch)) is not None:
        return [Notice("red", f"后台没有办成，登记没有任何改动：{failed.message or '原因见后台任务'}")]
    match batch.status:
        case BatchStatus.PLANNED if batch.is_open_plan:
            said = "这是方案，登记还没有任何改动。核对无误后点“确认生效”；不对就点“退回清单”。"
            by = f"由{batch.agency.name}通过接口报送。" if batch.agency and not batch.created_by_id else ""
            return [Notice("blue", f"{by}{said}")]
        case BatchStatus.APPLIED:
            return [*_undo_asked(batch), *_worked_off(batch), _applied(batch)]
        case BatchStatus.REFUSED:
            by = f"由{name_of(batch.refused_by)}" if batch.refused_by else ""
            return [Notice("red", f"已{by}退回，没有办理任何一行。原因：{batch.error}")]
        case BatchStatus.UNDONE:
            who = f"{name_of(batch.undo_asked_by)}申请、{name_of(batch.undone_by)}同意"
            return [Notice("grey", f"已撤销（{who}），登记恢复到生效之前。事由：{batch.error}")]
    return []


def _worked_off(batch: InboundBatch) -> list[Notice]:
    """Return what came of rows that a worker tried again."""
    job, left = batch.trying_again, batch.counts.get(RowOutcome.HELD)
    if job is None:
        return []
    if job.status == JobStatus.FAILED and left:
        why = job.message or "原因见后台任务"
        return [Notice("red", f"后台没有办完等待的行：{why}。请本地区经办人员点“重试待处理行”。")]
    if job.status == JobStatus.DONE and job.message:
        return [Notice("green", f"后台已办理等待的行：{job.message}。")]
    if job.status == JobStatus.DONE and left:
        return [Notice("grey", "后台已重新比对等待的行，没有办理任何一行；仍为待处理的原因见各行说明。")]
    return []


def _undo_asked(batch: InboundBatch) -> list[Notice]:
    if batch.undo_asked_by is None:
        return []
    who = name_of(batch.undo_asked_by)
    if batch.waits_for_undoing:
        said = f"{who}申请撤销本清单，须另一位同事点“同意撤销”或“驳回撤销申请”。事由：{batch.undo_reason}"
        return [Notice("red", said)]
    withdrawn = batch.undo_declined_by_id == batch.undo_asked_by_id
    answer = "已撤回申请" if withdrawn else f"{name_of(batch.undo_declined_by)}驳回"
    said = f"{who}曾申请撤销本清单（{batch.undo_reason}），{answer}：{batch.undo_answer}"
    return [Notice("grey", said)]


def _applied(batch: InboundBatch) -> Notice:
    when = f"{timezone.localtime(batch.applied_at):%Y-%m-%d %H:%M}" if batch.applied_at else ""
    second = f"、{name_of(batch.second_user)}复核" if batch.second_user else ""
    done = sum(batch.counts.get(code, 0) for code in (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.ENDED))
    aside = sum(batch.counts.get(code, 0) for code in ASIDE)
    rest = f"还有 {aside:,} 行没有办理，见“需要处理”。" if aside else "没有遗留的行。"
    said = f"已于 {when} 生效（{name_of(batch.applied_by)}确认{second}），办理 {done:,} 行。{rest}"
    return Notice("orange" if aside else "green", said)
