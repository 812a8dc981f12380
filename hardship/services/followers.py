"""Have the apps above look at identities that changed as soon as they are on record (`changed_between`)."""

from django.conf import settings

from registry.services.followers import start_once_committed


def have_followed() -> None:
    """Start the look once the caller's transaction commits; the hourly look does the same."""
    start_once_committed(settings.IDENTITY_FOLLOWER)
