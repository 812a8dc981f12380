"""How long to wait before a delivery is tried again, and when to stop."""

import datetime

FIRST_DELAY = datetime.timedelta(seconds=30)
MAX_ATTEMPTS = 13
LEAST_JITTER, MOST_JITTER = 0.8, 1.2


def retry_delay(attempts: int, *, jitter: float) -> datetime.timedelta | None:
    """Return the wait after so many failed attempts, doubling each time; null = stop.

    Thirteen attempts span 27 to 41 hours, so that a receiver that was down for a day misses nothing.

    :param attempts: failed so far, >= 1
    :param jitter: factor between 0.8 and 1.2 that keeps many deliveries from coming back at once
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    doublings: int = 2 ** (attempts - 1)
    return FIRST_DELAY * doublings * jitter
