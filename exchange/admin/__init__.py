"""Pages of partners: lists in, events out, jobs, schedules, clients."""

from exchange.admin import agencies, agreements, batches, clients, jobs, outbound, panels, rows, schedules

__all__ = ["agencies", "agreements", "batches", "clients", "jobs", "outbound", "panels", "rows", "schedules"]
