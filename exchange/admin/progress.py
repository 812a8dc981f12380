"""How far a worker is with a batch: read here and again every two seconds, without loading the page anew."""

import datetime
from dataclasses import dataclass

from django.http import HttpResponse
from django.template.loader import render_to_string

from exchange.models import UNDER_WAY, BatchStatus, InboundBatch, Job, JobStatus

PART = "progress"
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """What a worker does; `total` null = nobody knows yet how much it is, `of` = what the page's address asks for."""

    said: str
    done: int = 0
    total: int | None = None
    of: str = ""


def progress_of(batch: InboundBatch) -> Progress | None:
    """Return how far a worker is; nothing if none is at it or will be."""
    job = batch.job
    if batch.status == BatchStatus.RECEIVED:
        if job is None:
            return Progress("已收到文件，等待读取。")
        if job.status in UNDER_WAY:
            doing = (
                "按现在的登记和名称对照重新比对，下面还是此前的结果" if batch.counts else "读取并与登记比对"
            )
            return Progress(f"正在{doing}，还没有任何改动。", job.done, job.total)
        return None
    if batch.is_tried_again:
        assert job is not None
        return Progress(f"正在后台办理等待的 {job.total:,} 行，办完本页自动刷新；下面还是此前的结果。")
    if batch.is_being_applied:
        assert job is not None
        return Progress(f"正在后台生效，共 {job.total:,} 行；全部办完才算数，中断了一行也不算。")
    return None


def failed_job(batch: InboundBatch) -> Job | None:
    """Return the worker's job with a batch that still waits, if it failed."""
    waits = batch.status in (BatchStatus.RECEIVED, BatchStatus.PLANNED)
    return batch.job if waits and batch.job and batch.job.status == JobStatus.FAILED else None


def progress_part(batch: InboundBatch) -> HttpResponse:
    """Answer the page's question how far it is; once the worker is through, have the page loaded anew."""
    return progress_answer(progress_of(batch))


def progress_answer(progress: Progress | None) -> HttpResponse:
    """Answer with how far a worker is; with none at it, have the page loaded anew."""
    if progress is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponse(render_to_string("admin/openyibao/progress.html", {"progress": progress}))


def progress_said(batch: InboundBatch) -> str:
    """Return in words what a worker does with a batch; empty = none is at it."""
    progress = progress_of(batch)
    return progress.said if progress else ""


def rate_of(job: Job, now: datetime.datetime) -> str:
    """Return how fast a job about people goes and how long it still needs, as the tail of a sentence."""
    seconds = (now - job.started_at).total_seconds() if job.started_at else 0
    if not job.done or seconds <= 0:
        return ""
    rate = job.done / seconds
    minutes = (job.total - job.done) / rate / MINUTE
    return f"，每秒 {rate:,.0f} 人，约剩 {minutes:,.1f} 分钟"
