"""On the first page: names in lists that wait for a meaning or for their people, identities that end soon."""

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from exchange.selectors import scoped_batches
from hardship.admin.filters import SOON_DAYS, ending
from hardship.models import Recognition
from hardship.selectors.waiting_names import answered_rows, count_waiting_names
from policy.admin.display import figures, list_url
from registry.admin.panels import panel
from registry.selectors import scope_filter


@panel(place=35, title="困难身份", permission="hardship.view_recognition")
def identities(request: HttpRequest) -> SafeString:
    """Return how many names wait in the lists of the user's areas, and how many recognitions end within each term."""
    today, longest = timezone.localdate(), max(SOON_DAYS)
    counted = {str(days): Count("pk", filter=ending(today, within=days)) for days in SOON_DAYS}
    mine = Recognition.objects.filter(
        scope_filter(request.user, area="resident__living_area"), ending(today, within=longest)
    )
    counts = mine.aggregate(**counted)
    lists, queue = scoped_batches(request.user), reverse("admin:hardship_categoryalias_waiting_names")
    return figures(
        [
            ("待对照名称", count_waiting_names(lists), queue),
            ("名称已对照、待重试的行", answered_rows(lists).count(), queue),
            *(
                (f"{days} 天内到期", counts[str(days)], list_url(Recognition, term=days))
                for days in SOON_DAYS
            ),
        ]
    )
