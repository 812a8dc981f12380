"""On the first page: names nobody knows the meaning of, and identities that end soon and are to be looked at anew."""

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from exchange.selectors import scoped_batches
from hardship.admin.filters import SOON_DAYS, ending
from hardship.models import Recognition
from hardship.selectors.waiting_names import count_waiting_names
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
    waiting = count_waiting_names(scoped_batches(request.user))
    return figures(
        [
            ("待对照名称", waiting, reverse("admin:hardship_categoryalias_waiting_names")),
            *(
                (f"{days} 天内到期", counts[str(days)], list_url(Recognition, term=days))
                for days in SOON_DAYS
            ),
        ]
    )
