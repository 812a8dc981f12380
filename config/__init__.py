"""The cellar: settings, addresses, jobs, and the embedded servers of a bare machine.

Owns: how the house starts. Knows apps by string only."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
