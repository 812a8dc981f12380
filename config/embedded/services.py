"""Start what this process needs and no server was named for."""

import os

from config.embedded import broker, postgres, presence


def is_demo() -> bool:
    """Return whether this is a demo or a developer's checkout: DEMO says so, or no DATABASE_URL is given."""
    said = os.environ.get("DEMO")
    return said.lower() in {"1", "true", "yes"} if said else not os.environ.get("DATABASE_URL")


def start_missing() -> None:
    """Start the embedded PostgreSQL and broker where the environment names none."""
    if not is_demo():
        return
    if not os.environ.get("DATABASE_URL"):
        postgres.start()
    if not os.environ.get("CELERY_BROKER_URL"):
        broker.start()


def stop_all() -> None:
    """Stop what serves from this checkout, then all its embedded servers."""
    presence.dismiss()
    broker.stop()
    for cluster in postgres.CLUSTERS:
        postgres.stop(cluster)
