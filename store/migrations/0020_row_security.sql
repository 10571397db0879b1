-- Row security under the API's own checks: whatever a question forgets to ask for, PostgreSQL shows
-- bedpost_api only the rows of whom it acts for.
--
--   bedpost.role      ALL             the snapshot: all homes
--                     LOGIN           credentials only: who is asking is not known yet
--                     SYSTEM_ADMIN    all homes
--                     REGIONAL_…      the homes of bedpost.region
--                     FACILITY_…      the home bedpost.facility
--                     anything else, or not set: nothing
--
-- The settings are the connection's (store/row_scope.h); bedpost_ingest and bedpost_report are not
-- held to them, and the owner, who migrates and administers, is exempt as owners are. Each condition
-- that does not depend on the row stands in a sub-select, which is evaluated once a statement.
SET LOCAL ROLE bedpost_owner;

CREATE FUNCTION bedpost_scope_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(current_setting('bedpost.role', true) IN ('ALL', 'SYSTEM_ADMIN'), false)
$$;
CREATE FUNCTION bedpost_scope_login() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(current_setting('bedpost.role', true) = 'LOGIN', false)
$$;
CREATE FUNCTION bedpost_scope_facility() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN current_setting('bedpost.role', true) IN ('FACILITY_STAFF', 'FACILITY_MANAGER')
		THEN nullif(current_setting('bedpost.facility', true), '') END
$$;
CREATE FUNCTION bedpost_scope_region() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN current_setting('bedpost.role', true) = 'REGIONAL_COORDINATOR'
		THEN nullif(current_setting('bedpost.region', true), '') END
$$;

-- For later migrations too: guards a table by a condition over its rows.
CREATE FUNCTION bedpost_guard(guarded regclass, condition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
	EXECUTE format('CREATE POLICY of_scope ON %s TO bedpost_api '
		'USING ((SELECT bedpost_scope_all()) OR %s)', guarded, condition);
	EXECUTE format('CREATE POLICY of_all ON %s TO bedpost_ingest, bedpost_report '
		'USING (true) WITH CHECK (true)', guarded);
END
$$;
-- A table with the column facility_id.
CREATE FUNCTION bedpost_guard(guarded regclass) RETURNS void LANGUAGE sql AS $$
	SELECT bedpost_guard(guarded, 'facility_id = (SELECT bedpost_scope_facility()) OR facility_id IN '
		'(SELECT f.id FROM facilities f WHERE f.region_id = (SELECT bedpost_scope_region()))')
$$;
REVOKE ALL ON FUNCTION bedpost_guard(regclass, text), bedpost_guard(regclass) FROM PUBLIC;

SELECT bedpost_guard('facilities',
	'id = (SELECT bedpost_scope_facility()) OR region_id = (SELECT bedpost_scope_region())');
SELECT bedpost_guard(t) FROM unnest(ARRAY['beds', 'home_views', 'facility_availability', 'streams',
	'conflicts', 'bed_audit_log', 'refusals', 'feed_cursors']::regclass[]) AS t;
SELECT bedpost_guard(t, '(SELECT bedpost_scope_login()) OR facility_id = (SELECT bedpost_scope_facility()) '
	'OR region_id = (SELECT bedpost_scope_region())')
	FROM unnest(ARRAY['api_tokens', 'sessions', 'users']::regclass[]) AS t;

-- Every door writes to the access log, for whomever; reading it is another matter.
SELECT bedpost_guard('access_log',
	'facility_id = (SELECT bedpost_scope_facility()) OR region_id = (SELECT bedpost_scope_region())');
CREATE POLICY to_add ON access_log FOR INSERT TO bedpost_api WITH CHECK (true);
