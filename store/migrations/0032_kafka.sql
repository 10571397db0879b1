-- What a consumer needs whose changes leave PostgreSQL for a topic (regional/feed/sink.h).
SET LOCAL ROLE bedpost_owner;

-- Names the sender towards the brokers: "bedpost-<sender>" is its transactional id. A copy of the
-- database that sends to the same brokers would end the original's transactions.
ALTER TABLE feed_consumers ADD COLUMN sender text NOT NULL DEFAULT gen_random_uuid()::text;

-- What the topic holds before these offsets, the cursors know of: they move in one transaction. A
-- consumer without rows for a topic has not sent anything there yet.
CREATE TABLE feed_places (
	consumer    text COLLATE "C" NOT NULL REFERENCES feed_consumers,
	topic       text COLLATE "C" NOT NULL,
	partition   integer NOT NULL CHECK (partition >= 0),
	next_offset bigint NOT NULL CHECK (next_offset >= 0),
	PRIMARY KEY (consumer, topic, partition)
);

GRANT SELECT, INSERT ON feed_places TO bedpost_ingest;
GRANT UPDATE (next_offset) ON feed_places TO bedpost_ingest;
GRANT SELECT ON feed_places TO bedpost_report;
