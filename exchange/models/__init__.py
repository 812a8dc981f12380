"""Agencies, what they agreed to send, batches in, events and deliveries out, jobs."""

from exchange.models.agency import Agency, AgencyKind, WebhookEndpoint
from exchange.models.agreement import ExpectedList, ExpectedState, ListAgreement
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
from exchange.models.job import TRYING, UNDER_WAY, Job, JobChunk, JobStatus
from exchange.models.outbound import (
    Acknowledgement,
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
    OutboundEvent,
)
from exchange.models.resolution import Decision, RowResolution

__all__ = [
    "LIVING",
    "TRYING",
    "UNDER_WAY",
    "Acknowledgement",
    "Agency",
    "AgencyKind",
    "BatchMode",
    "BatchStatus",
    "Decision",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryStatus",
    "ExpectedList",
    "ExpectedState",
    "IdempotencyRecord",
    "InboundBatch",
    "InboundFile",
    "InboundRow",
    "Job",
    "JobChunk",
    "JobStatus",
    "ListAgreement",
    "OutboundEvent",
    "RowOutcome",
    "RowResolution",
    "WebhookEndpoint",
]
