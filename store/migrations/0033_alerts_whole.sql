-- Alerts: gaps and silent feeds, push messages, the receiver's language, a note with each
-- acknowledgement, and an end to what is kept.
SET LOCAL ROLE bedpost_owner;

ALTER TABLE facilities
	-- A batch came that begins past what was taken in of this outbox; null once what was missing
	-- has come, or the home has begun a new epoch.
	ADD COLUMN gap_since   timestamptz,
	ADD COLUMN gap_epoch   text COLLATE "C",
	ADD COLUMN gap_through bigint, -- all through this seq is missing that was not taken in
	-- Last new event that came from the home's EHR; null: none ever did.
	ADD COLUMN fed_at      timestamptz,
	ADD CHECK ((gap_since IS NULL) = (gap_epoch IS NULL) AND (gap_since IS NULL) = (gap_through IS NULL));
GRANT UPDATE (gap_since, gap_epoch, gap_through, fed_at) ON facilities TO bedpost_ingest;
UPDATE facilities f SET fed_at = (SELECT max(a.received_at) FROM bed_audit_log a
	WHERE a.facility_id = f.id AND a.source ->> 'adapter' NOT IN ('board', 'api'));

ALTER TABLE alert_rules DROP CONSTRAINT alert_rules_rule_check,
	ADD CONSTRAINT alert_rules_rule_check CHECK (rule IN ('low', 'critical', 'offline', 'conflict',
		'clock_skew', 'digest_mismatch', 'gap', 'feed_silent'));

ALTER TABLE subscriptions
	DROP CONSTRAINT subscriptions_channel_check,
	DROP CONSTRAINT subscriptions_check,
	ADD CONSTRAINT subscriptions_channel_check CHECK (channel IN ('webhook', 'email', 'push')),
	-- A webhook signs with it; a push server may want it as a token.
	ADD CONSTRAINT subscriptions_secret_check CHECK (CASE channel
		WHEN 'webhook' THEN secret IS NOT NULL WHEN 'email' THEN secret IS NULL ELSE true END),
	ADD COLUMN language text NOT NULL DEFAULT 'en'
		CONSTRAINT subscriptions_language_check CHECK (language IN ('en', 'nb'));
GRANT SELECT (language) ON subscriptions TO bedpost_report;

ALTER TABLE deliveries
	ADD COLUMN notification_id text COLLATE "C", -- "ntf_" and a ULID: the same each time it is sent
	ADD COLUMN rule            text,
	ADD COLUMN priority        smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
	ADD COLUMN tags            text NOT NULL DEFAULT '',
	ADD COLUMN give_up_at      timestamptz NOT NULL DEFAULT now() + interval '3 days';
CREATE INDEX deliveries_given_up ON deliveries (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX deliveries_of ON deliveries (subscription_id);

ALTER TABLE alert_history
	ADD COLUMN acknowledged_note text CONSTRAINT alert_history_note_check
		CHECK (acknowledged_note IN ('seen', 'in_progress', 'passed_on', 'planned', 'false_alarm'));
GRANT UPDATE (acknowledged_note) ON alert_history TO bedpost_api;

-- What is open, untold or not yet delivered stays whatever its age, and nothing younger than a day
-- goes, whoever asks: so a right to call this is no right to delete.
CREATE FUNCTION bedpost_prune_alerts(history interval, sent interval, at_most integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	gone bigint;
	more bigint;
BEGIN
	DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries
		WHERE coalesce(delivered_at, failed_at) < now() - greatest(sent, interval '1 day') LIMIT at_most);
	GET DIAGNOSTICS gone = ROW_COUNT;
	DELETE FROM alert_history WHERE (facility_id, id) IN (SELECT facility_id, id FROM alert_history
		WHERE cleared_at < now() - greatest(history, interval '1 day')
			AND NOT (told_opened AND NOT told_cleared) LIMIT at_most);
	GET DIAGNOSTICS more = ROW_COUNT;
	RETURN gone + more;
END
$$;
REVOKE ALL ON FUNCTION bedpost_prune_alerts(interval, interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bedpost_prune_alerts(interval, interval, integer) TO bedpost_ingest;

CREATE OR REPLACE FUNCTION bedpost_alert_json(a alert_history) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'id', a.id, 'facility_id', a.facility_id, 'name', left(f.name, 200), 'rule', a.rule,
		'ward', nullif(a.ward, ''),
		'state', CASE WHEN a.cleared_at IS NULL THEN 'open' ELSE 'cleared' END,
		'value', a.value, 'threshold', a.threshold,
		'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'cleared_at', to_char(a.cleared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_at', to_char(a.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_by', a.acknowledged_by,
		'acknowledged_note', a.acknowledged_note)::text
	FROM facilities f WHERE f.id = a.facility_id
$$;
