"""Registers, past years and tax files on the upload page; files that apps above read by the same flow."""

from collections.abc import Mapping
from functools import partial

from django.contrib.auth.models import User

from enrollment.services.lists import KINDS, FileSource, apply_list, plan_list
from enrollment.services.lists import ListKind as FileKind
from exchange.admin.list_kinds import ListKind, Upload, offer
from exchange.models import InboundBatch
from exchange.parsers.templates import sample_of, template_of


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
    offer_file(each)
