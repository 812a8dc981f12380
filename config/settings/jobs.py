"""Celery and the cache. The broker carries hints only; what is due stands in PostgreSQL."""

from typing import Any

import environ

from config.embedded import broker

_env = environ.Env()

CELERY_BROKER_URL = _env.str("CELERY_BROKER_URL", default="") or f"redis+socket://{broker.path()}"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 6 * 3600,  # above the longest task: one that outlives it runs again
        "unacked_restore_throttle": 1,
        "unacked_restore_interval": 5,
    }
    if CELERY_BROKER_URL.startswith(("redis", "valkey"))
    else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = 30 * 24 * 3600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TRACK_STARTED = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "*.tasks.*_chunk": {"queue": "batch"},
    "exchange.tasks.deliver*": {"queue": "delivery"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
# What `load_schedules` creates in the scheduler's tables; from then on staff change them in the admin.
SCHEDULES: dict[str, dict[str, Any]] = {
    "推送外发事件": {"task": "exchange.tasks.deliver_outbox", "cron": "* * * * *", "expire_seconds": 50},
    "身份与追溯变更跟进": {
        "task": "benefits.tasks.follow_identity_changes",
        "cron": "5 * * * *",
        "expire_seconds": 3000,
    },
    "无须缴费的参保办结": {"task": "enrollment.tasks.close_years_with_nothing_due", "cron": "50 2 * * *"},
    "死亡、迁移、新生儿跟进": {"task": "enrollment.tasks.follow_deaths_and_moves", "cron": "10 3 * * *"},
    "财政补助补算": {"task": "enrollment.tasks.put_subsidies_right", "cron": "30 3 * * *"},
    "财政补助补齐续办": {
        "task": "enrollment.tasks.resume_completions",
        "cron": "*/10 * * * *",
        "expire_seconds": 500,
    },
    "清单续办": {"task": "hardship.tasks.resume_lists", "cron": "*/10 * * * *", "expire_seconds": 500},
    "集中开单续办": {
        "task": "enrollment.tasks.resume_billings",
        "cron": "*/10 * * * *",
        "expire_seconds": 500,
    },
    "年度集中开单试算": {
        "task": "enrollment.tasks.launch_billings",
        "cron": "0 2 1 9 *",
        "kwargs": {"areas": []},
        "enabled": False,
    },
    "重复参保核查": {"task": "enrollment.tasks.find_double_enrollments", "cron": "40 2 * * *"},
    "清单原件清理": {"task": "exchange.tasks.forget_list_files", "cron": "15 4 * * *"},
    "名单报送核对": {"task": "hardship.tasks.follow_list_agreements", "cron": "20 * * * *"},
    "年终激励核算": {"task": "benefits.tasks.launch_year_ends", "cron": "0 2 5 1 *"},
    "年终激励核算续办": {
        "task": "benefits.tasks.resume_year_ends",
        "cron": "*/10 * * * *",
        "expire_seconds": 500,
    },
    "高额费用预警推送": {"task": "benefits.tasks.launch_monthly_alerts", "cron": "0 3 * * *"},
    "预警超期催办": {"task": "benefits.tasks.mind_alerts", "cron": "20 7 * * *"},
    "参保率月度留存": {"task": "oversight.tasks.launch_participation_counts", "cron": "40 2 1 * *"},
    "人费核对续办": {
        "task": "oversight.tasks.resume_reconciliations",
        "cron": "*/10 * * * *",
        "expire_seconds": 500,
    },
    "人费核对": {"task": "oversight.tasks.launch_reconciliations", "cron": "30 1 * * *", "enabled": False},
}
# What looks at identities after a list or a correction changed them, and at shares after a class did, besides the
# schedule.
IDENTITY_FOLLOWER = "benefits.tasks.follow_identity_changes"
SUBSIDY_FOLLOWER = "enrollment.tasks.put_subsidies_right"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# Rate limits and lock-outs count in the cache, so that all web processes count together.
_cache_url = _env.str("CACHE_URL", default="")
if not _cache_url:
    _cache_url = CELERY_BROKER_URL.replace("redis+socket", "unix", 1)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _cache_url,
        "KEY_PREFIX": "openyibao",
    }
    if _cache_url.startswith(("redis", "unix"))
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}
