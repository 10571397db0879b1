-- A home that is closed (facilities.revoked_at) leaves the live picture, and comes back when it is
-- opened: at once, with the commit, whoever closes or opens it.
--
-- A closed home's rows of availability count nothing, but facility_availability keeps what they
-- counted: whoever reads it for the picture shows 0 instead. Closing and opening is therefore a
-- change of every row of the home, and gives it a new rev like any other: of two numbers for one
-- key the newer rev wins, in memory and in Redis, and no late one brings back a closed home's beds.
SET LOCAL ROLE bedpost_owner;

ALTER TABLE alert_history ADD COLUMN cleared_reason text CONSTRAINT alert_history_cleared_reason_check
	CHECK (cleared_reason IN ('closed')); -- null: open, or its cause is over

CREATE OR REPLACE FUNCTION bedpost_alert_json(a alert_history) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'id', a.id, 'facility_id', a.facility_id, 'name', left(f.name, 200), 'rule', a.rule,
		'ward', nullif(a.ward, ''),
		'state', CASE WHEN a.cleared_at IS NULL THEN 'open' ELSE 'cleared' END,
		'value', a.value, 'threshold', a.threshold,
		'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'cleared_at', to_char(a.cleared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'cleared_reason', a.cleared_reason,
		'acknowledged_at', to_char(a.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_by', a.acknowledged_by,
		'acknowledged_note', a.acknowledged_note)::text
	FROM facilities f WHERE f.id = a.facility_id
$$;

CREATE FUNCTION bedpost_turn_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	NEW.rev := OLD.rev + 1;
	NEW.offline_since := NULL;
	RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION bedpost_turn_home() FROM PUBLIC;
CREATE TRIGGER turned BEFORE UPDATE OF revoked_at ON facilities FOR EACH ROW
	WHEN ((OLD.revoked_at IS NULL) <> (NEW.revoked_at IS NULL)) EXECUTE FUNCTION bedpost_turn_home();

CREATE FUNCTION bedpost_home_turned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE facility_availability SET rev = NEW.rev WHERE facility_id = NEW.id;
	IF NEW.revoked_at IS NOT NULL THEN
		UPDATE alert_history SET cleared_at = greatest(now(), opened_at), cleared_reason = 'closed'
			WHERE facility_id = NEW.id AND cleared_at IS NULL;
	END IF;
	PERFORM pg_notify('bedpost_changed', NEW.id);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION bedpost_home_turned() FROM PUBLIC;
CREATE TRIGGER turned_with_all AFTER UPDATE OF revoked_at ON facilities FOR EACH ROW
	WHEN ((OLD.revoked_at IS NULL) <> (NEW.revoked_at IS NULL)) EXECUTE FUNCTION bedpost_home_turned();

-- What was closed before: as if it were closed now.
UPDATE facilities SET rev = rev + 1, offline_since = NULL WHERE revoked_at IS NOT NULL;
UPDATE facility_availability a SET rev = f.rev FROM facilities f
	WHERE f.id = a.facility_id AND f.revoked_at IS NOT NULL;
UPDATE alert_history a SET cleared_at = greatest(now(), a.opened_at), cleared_reason = 'closed'
	FROM facilities f WHERE f.id = a.facility_id AND f.revoked_at IS NOT NULL AND a.cleared_at IS NULL;
