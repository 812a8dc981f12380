"""PostgreSQL and the broker for machines that have none: demo, development, tests.

Production names its servers in DATABASE_URL and CELERY_BROKER_URL, and nothing here runs."""
