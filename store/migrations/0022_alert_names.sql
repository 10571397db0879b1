-- A notification holds less than 8,000 bytes: a home with a very long name must not keep its alerts
-- from being written.
SET LOCAL ROLE bedpost_owner;

CREATE OR REPLACE FUNCTION bedpost_alert_json(a alert_history) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'id', a.id, 'facility_id', a.facility_id, 'name', left(f.name, 200), 'rule', a.rule,
		'ward', nullif(a.ward, ''),
		'state', CASE WHEN a.cleared_at IS NULL THEN 'open' ELSE 'cleared' END,
		'value', a.value, 'threshold', a.threshold,
		'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'cleared_at', to_char(a.cleared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_at', to_char(a.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_by', a.acknowledged_by)::text
	FROM facilities f WHERE f.id = a.facility_id
$$;
