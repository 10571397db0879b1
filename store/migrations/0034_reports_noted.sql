-- Who took a report along is noted; the role that reads for reports writes nothing else.
SET LOCAL ROLE bedpost_owner;

CREATE FUNCTION bedpost_note_report(who text, report text, facility text, region text, detail jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	INSERT INTO access_log (who, action, facility_id, region_id, allowed, detail)
	VALUES (who, 'report', facility, region, true, jsonb_build_object('report', report) || detail)
$$;
REVOKE ALL ON FUNCTION bedpost_note_report(text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bedpost_note_report(text, text, text, text, jsonb) TO bedpost_report;
