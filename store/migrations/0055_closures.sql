-- From when to when homes were closed (facilities.revoked_at): time that reports do not count.
--
-- facilities tells only whether a home is closed now. The trigger writes here whoever closes or
-- opens it, so that a report over last year still knows of a home that has opened again since.
SET LOCAL ROLE bedpost_owner;

CREATE TABLE facility_closures (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	closed_at   timestamptz NOT NULL,
	opened_at   timestamptz CHECK (opened_at >= closed_at), -- null: closed still
	PRIMARY KEY (facility_id, closed_at)
);
INSERT INTO facility_closures (facility_id, closed_at)
	SELECT id, revoked_at FROM facilities WHERE revoked_at IS NOT NULL;

CREATE FUNCTION bedpost_note_closure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE facility_closures SET opened_at = greatest(now(), closed_at)
		WHERE facility_id = NEW.id AND opened_at IS NULL;
	IF NEW.revoked_at IS NOT NULL THEN
		INSERT INTO facility_closures (facility_id, closed_at) VALUES (NEW.id, NEW.revoked_at)
			ON CONFLICT (facility_id, closed_at) DO UPDATE SET opened_at = NULL;
	END IF;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION bedpost_note_closure() FROM PUBLIC;
CREATE TRIGGER closure_noted AFTER UPDATE OF revoked_at ON facilities FOR EACH ROW
	WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION bedpost_note_closure();

GRANT SELECT ON facility_closures TO bedpost_ingest, bedpost_api, bedpost_report;
SELECT bedpost_guard('facility_closures');
