"""Agencies, batches in, events and deliveries out, jobs."""

from exchange.models.agency import Agency, AgencyKind, WebhookEndpoint
from exchange.models.idempotency import IdempotencyRecord
from exchange.models.inbound import (
    LIVING,
    BatchMode,
    BatchStatus,
    InboundBatch,
    InboundFile,
    InboundRow,
    RowOutcome,
)
from exchange.models.job import Job, JobChunk, JobStatus
from exchange.models.outbound import (
    Acknowledgement,
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
    OutboundEvent,
)

__all__ = [
    "LIVING",
    "Acknowledgement",
    "Agency",
    "AgencyKind",
    "BatchMode",
    "BatchStatus",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryStatus",
    "IdempotencyRecord",
    "InboundBatch",
    "InboundFile",
    "InboundRow",
    "Job",
    "JobChunk",
    "JobStatus",
    "OutboundEvent",
    "RowOutcome",
    "WebhookEndpoint",
]
