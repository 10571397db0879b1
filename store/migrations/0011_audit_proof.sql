-- What an audit log that proves itself needs beside the chain: months made ahead at any time that
-- is passed in, a look at the default partition for every role that keeps watch, and the order in
-- which the chain is walked and read.
SET LOCAL ROLE bedpost_owner;

-- The months from the one of `at` to `ahead` more. A month whose rows already went to the default
-- partition cannot be made: bedpost_audit_state() tells of them.
CREATE FUNCTION bedpost_make_partitions(ahead integer, at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	month timestamptz;
	partition text;
	made integer := 0;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('bedpost_make_partitions'));
	FOR i IN 0..least(greatest(ahead, 0), 24) LOOP
		month := date_trunc('month', at) + make_interval(months => i);
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
			NULL; -- bedpost_audit_state() keeps telling of them
		END;
	END LOOP;
	RETURN made;
END
$$;
REVOKE ALL ON FUNCTION bedpost_make_partitions(integer, timestamptz) FROM PUBLIC;

CREATE OR REPLACE FUNCTION bedpost_make_partitions(ahead integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT bedpost_make_partitions(ahead, now())
$$;

-- default_rows: those that found no month, counted up to 100,000. months_ahead: how many months
-- without a hole are there after that of `at`; -1: not even that one.
CREATE FUNCTION bedpost_audit_state(at timestamptz, OUT default_rows bigint, OUT months_ahead integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	SELECT count(*) INTO default_rows FROM (SELECT FROM bed_audit_log_default LIMIT 100000) AS few;
	months_ahead := -1;
	WHILE months_ahead < 24 AND to_regclass('bed_audit_log_'
		|| to_char(date_trunc('month', at) + make_interval(months => months_ahead + 1), 'YYYY_MM'))
		IS NOT NULL
	LOOP
		months_ahead := months_ahead + 1;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION bedpost_audit_state(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bedpost_audit_state(timestamptz)
	TO bedpost_ingest, bedpost_api, bedpost_report;

-- A home's chain in its order; and all homes' rows by the time they were received, for reading page
-- by page, which takes the place of the BRIN that knows no order. Both grow at their ends.
CREATE INDEX IF NOT EXISTS bed_audit_log_chain ON bed_audit_log (facility_id, n);
DROP INDEX bed_audit_log_received;
CREATE INDEX bed_audit_log_received ON bed_audit_log (received_at, facility_id, n);

SELECT bedpost_make_partitions(3);
