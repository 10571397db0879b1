-- Reports over the API: row security for the role that reads for reports, and who had one.
--
--   bedpost.role      not set         bedpost-report, run by who runs the region: all homes
--                     otherwise       as for bedpost_api (0020)
SET LOCAL ROLE bedpost_owner;

CREATE FUNCTION bedpost_scope_unheld() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(current_setting('bedpost.role', true), '') = ''
$$;

-- As before, but that bedpost_report is held to the same condition once somebody is named.
CREATE OR REPLACE FUNCTION bedpost_guard(guarded regclass, condition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
	EXECUTE format('CREATE POLICY of_scope ON %s TO bedpost_api '
		'USING ((SELECT bedpost_scope_all()) OR %s)', guarded, condition);
	EXECUTE format('CREATE POLICY of_all ON %s TO bedpost_ingest '
		'USING (true) WITH CHECK (true)', guarded);
	EXECUTE format('CREATE POLICY of_report ON %s FOR SELECT TO bedpost_report '
		'USING ((SELECT bedpost_scope_unheld()) OR (SELECT bedpost_scope_all()) OR %s)', guarded, condition);
END
$$;

-- The tables that are guarded already.
DO $$
DECLARE p record;
BEGIN
	FOR p IN SELECT s.schemaname, s.tablename, s.qual FROM pg_policies s WHERE s.policyname = 'of_scope'
	LOOP
		EXECUTE format('ALTER POLICY of_all ON %I.%I TO bedpost_ingest', p.schemaname, p.tablename);
		EXECUTE format('CREATE POLICY of_report ON %I.%I FOR SELECT TO bedpost_report '
			'USING ((SELECT bedpost_scope_unheld()) OR %s)', p.schemaname, p.tablename, p.qual);
	END LOOP;
END
$$;

-- The access log stays written by every door.
CREATE FUNCTION bedpost_note_report(who text, role text, source_ip text, report text, facility text, region text,
	detail jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	INSERT INTO access_log (who, role, source_ip, action, facility_id, region_id, allowed, detail)
	VALUES (who, role, source_ip::inet, 'report', facility, region, true, jsonb_build_object('report', report) || detail)
$$;
REVOKE ALL ON FUNCTION bedpost_note_report(text, text, text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bedpost_note_report(text, text, text, text, text, text, jsonb) TO bedpost_report;
