"""What is said after a name was mapped, or a mapping taken back: what was done, by whom the rest, and when."""

from django.contrib import messages
from django.http import HttpRequest

from exchange.selectors import scoped_batches
from hardship.models import CategoryAlias
from hardship.selectors.waiting_names import rows_left_to_others, rows_waiting_for
from hardship.services.lists.replanning import waiting_for_replanning
from hardship.services.lists.trying_again import lists_reviewed_by, lists_tried_again


def tell_mapped(request: HttpRequest, alias: CategoryAlias) -> None:
    """Tell who mapped a name what became of the rows that waited for it."""
    done = f"“{alias.name}”已对照为{alias.category.label}，"
    many = tried_again_told(request, alias)
    done += f"{many}其余所辖地区等待的行已办理。" if many else "所辖地区等待的行已办理。"
    messages.success(request, f"{done}{in_background_told(request)}")
    others = rows_left_to_others(alias, own=lists_reviewed_by(request.user))  # type: ignore[arg-type]
    left = "、".join(f"{area} {rows:,} 行" for area, rows in others.items())
    if left:
        messages.warning(request, f"仍为待处理：{left}。请该地区人员在清单页“重试待处理行”。")


def in_background_told(request: HttpRequest) -> str:
    """Return in words which lists of the user's areas a worker is to plan anew; empty = none."""
    waiting = scoped_batches(request.user).filter(pk__in=waiting_for_replanning())
    names = "、".join(waiting.order_by("pk").values_list("file_name", flat=True))
    return f"待确认的{names}正在后台重新比对，完成后再确认。" if names else ""


def tried_again_told(request: HttpRequest, alias: CategoryAlias) -> str:
    """Return in words of which lists a worker has rows take effect for the user that wait for a name; empty = none."""
    tried = lists_reviewed_by(request.user).filter(  # type: ignore[arg-type]
        job__in=lists_tried_again()
    )
    waiting = rows_waiting_for(alias, tried).values("batch")
    names = "、".join(tried.filter(pk__in=waiting).order_by("pk").values_list("file_name", flat=True))
    return f"{names}等待的行较多，正在后台办理，结果见清单页；" if names else ""
