"""Logs are JSON lines with the request's or the task's id; LOG_FORMAT=console for people."""

from typing import Any

import environ
import structlog

_env = environ.Env()

DJANGO_STRUCTLOG_CELERY_ENABLED = True

_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=False),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.UnicodeDecoder(),
]
# Local variables may hold identity numbers: they stay out of the logs.
_traceback_without_locals = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_renderers: dict[str, list[Any]] = {
    "json": [_traceback_without_locals, structlog.processors.JSONRenderer(ensure_ascii=False)],
    "console": [structlog.dev.ConsoleRenderer(colors=False)],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers[_env.str("LOG_FORMAT", default="json")],
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": _env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"django": {"level": _env.str("LOG_LEVEL", default="WARNING")}},
}

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
