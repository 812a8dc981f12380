"""Talk with other agencies: lists and calls coming in, events going out, the progress of long work.

Owns: agencies, inbound batches and rows, the transactional outbox, deliveries, jobs.
Knows nothing of what a list means; the room that understands it plans and applies it."""
