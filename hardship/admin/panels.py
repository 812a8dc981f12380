"""Identities that end soon, on the first page: whoever still qualifies is recognised anew in time."""

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from hardship.admin.filters import SOON_DAYS, ending
from hardship.models import Recognition
from policy.admin.display import figures, list_url
from registry.admin.panels import panel
from registry.selectors import scope_filter


@panel(place=35, title="身份即将到期", permission="hardship.view_recognition")
def ending_soon(request: HttpRequest) -> SafeString:
    """Return how many recognitions of the user's areas end within each of the terms, each with its list."""
    today, longest = timezone.localdate(), max(SOON_DAYS)
    counted = {str(days): Count("pk", filter=ending(today, within=days)) for days in SOON_DAYS}
    mine = Recognition.objects.filter(
        scope_filter(request.user, area="resident__living_area"), ending(today, within=longest)
    )
    counts = mine.aggregate(**counted)
    return figures(
        [(f"{days} 天内到期", counts[str(days)], list_url(Recognition, term=days)) for days in SOON_DAYS]
    )
