-- What happened, for ever: one row per event that was not a duplicate and not refused, and one per
-- refusal.
--
-- bed_audit_log is a hash chain per home: hash = BLAKE2b-256 over prev_hash and the canonical row
-- (store/audit.h says it byte by byte); n counts 1, 2, 3 … without gaps; the head stands in
-- facilities (audit_n, audit_head). Nobody may update, delete or truncate: no grant allows it and
-- a trigger refuses it, to the owner as well. Old months leave by detaching their partition.
SET LOCAL ROLE bedpost_owner;

CREATE TABLE bed_audit_log (
	facility_id     text COLLATE "C" NOT NULL,
	n               bigint NOT NULL,
	epoch           text COLLATE "C" NOT NULL, -- of the outbox it came from
	seq             bigint NOT NULL,
	event_id        text COLLATE "C" NOT NULL,
	bed_id          text COLLATE "C" NOT NULL,
	previous_status text,          -- as the event said; null: it did not know
	held_status     text,          -- what the region held before; null: the bed was unknown
	new_status      text NOT NULL, -- as the event said
	ward            text COLLATE "C",
	care_level      text,
	changed_by      text,
	changed_at      timestamptz NOT NULL,
	received_at     timestamptz NOT NULL,
	reason          text,
	source          jsonb,
	source_ip       inet,
	outcome         text NOT NULL CHECK (outcome IN ('applied', 'converged', 'late', 'conflict')),
	outcome_reason  text,
	in_history      boolean NOT NULL, -- part of the bed's accepted course: what "as of" reads
	bed_version     bigint NOT NULL,  -- the bed's version after this event
	conflict_id     text COLLATE "C",
	prev_hash       bytea NOT NULL,
	hash            bytea NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX bed_audit_log_bed ON bed_audit_log (facility_id, bed_id, changed_at);
CREATE INDEX bed_audit_log_event ON bed_audit_log (facility_id, event_id);
CREATE INDEX bed_audit_log_received ON bed_audit_log USING brin (received_at) WITH (autosummarize = on);
CREATE TABLE bed_audit_log_default PARTITION OF bed_audit_log DEFAULT;

-- Why an event was not taken in; never a value of it beyond its id.
CREATE TABLE refusals (
	facility_id text COLLATE "C" NOT NULL,
	epoch       text COLLATE "C" NOT NULL,
	seq         bigint NOT NULL,
	event_id    text COLLATE "C", -- null if it could not be read
	received_at timestamptz NOT NULL,
	reason      text NOT NULL,
	source_ip   inet,
	PRIMARY KEY (facility_id, epoch, seq)
);

CREATE FUNCTION bedpost_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON bed_audit_log
	FOR EACH ROW EXECUTE FUNCTION bedpost_append_only();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON bed_audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION bedpost_append_only();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON bed_audit_log_default
	FOR EACH STATEMENT EXECUTE FUNCTION bedpost_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON refusals
	FOR EACH ROW EXECUTE FUNCTION bedpost_append_only();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON refusals
	FOR EACH STATEMENT EXECUTE FUNCTION bedpost_append_only();

-- Makes the partitions of this month and `ahead` more. Runs as the owner, so that the ingest role
-- may call it at its start and once a day. A month whose rows already went to the default
-- partition stays there, with a warning.
CREATE FUNCTION bedpost_make_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	month timestamptz;
	partition text;
	made integer := 0;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('bedpost_make_partitions'));
	FOR i IN 0..least(greatest(ahead, 0), 24) LOOP
		month := date_trunc('month', now()) + make_interval(months => i);
		partition := 'bed_audit_log_' || to_char(month, 'YYYY_MM');
		CONTINUE WHEN to_regclass(partition) IS NOT NULL;
		BEGIN
			EXECUTE format(
				'CREATE TABLE %I PARTITION OF bed_audit_log FOR VALUES FROM (%L) TO (%L)',
				partition, month, month + interval '1 month');
			EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I '
				'FOR EACH STATEMENT EXECUTE FUNCTION bedpost_append_only()',
				partition);
			made := made + 1;
		EXCEPTION WHEN check_violation THEN
			RAISE WARNING 'rows of % are in the default partition already', to_char(month, 'YYYY-MM');
		END;
	END LOOP;
	RETURN made;
END
$$;
REVOKE ALL ON FUNCTION bedpost_make_partitions(integer) FROM PUBLIC;
SELECT bedpost_make_partitions(1);
