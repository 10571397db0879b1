-- The change feed: how far each consumer has come in each home's part of the audit log.
--
-- The audit log is the feed. A home's rows are numbered n = 1, 2, 3 … without gaps by writers that
-- stand in one line at its facilities row, so whoever sees n sees all before it: a position per
-- home skips nothing, however slowly another transaction commits. Changes are in order within a
-- home; between homes there is no order.
SET LOCAL ROLE bedpost_owner;

CREATE TABLE feed_consumers (
	consumer text COLLATE "C" PRIMARY KEY CHECK (consumer ~ '^[a-z0-9_.-]{1,60}$'),
	made_at  timestamptz NOT NULL DEFAULT now()
);

-- A home without a row has not been read at all.
CREATE TABLE feed_cursors (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	consumer    text COLLATE "C" NOT NULL REFERENCES feed_consumers,
	n           bigint NOT NULL, -- bed_audit_log.n of the last change that was handled
	moved_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (facility_id, consumer)
) WITH (fillfactor = 70);

CREATE INDEX IF NOT EXISTS bed_audit_log_chain ON bed_audit_log (facility_id, n);

GRANT SELECT ON feed_consumers, feed_cursors TO bedpost_ingest, bedpost_api, bedpost_report;
GRANT INSERT ON feed_consumers, feed_cursors TO bedpost_ingest;
GRANT UPDATE (n, moved_at) ON feed_cursors TO bedpost_ingest;
-- Locking a consumer's row needs a right to change it.
GRANT UPDATE (made_at) ON feed_consumers TO bedpost_ingest;
