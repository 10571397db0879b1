-- Group roles, shared by all databases of a cluster; nobody logs in as one. A daemon connects as
-- its own login role, a member of what it needs, and says SET ROLE.
--
--   bedpost_owner   owns every object; migrations and partition upkeep
--   bedpost_ingest  merges batches: writes beds, audit, availability, streams, conflicts
--   bedpost_api     answers questions: reads all of that; tokens' last use, sessions, access log
--   bedpost_report  reads
DO $$
DECLARE
	role_name text;
	attempt int;
BEGIN
	FOREACH role_name IN ARRAY
		ARRAY['bedpost_owner', 'bedpost_ingest', 'bedpost_api', 'bedpost_report']
	LOOP
		-- Two databases of one cluster may be migrated at once: roles are shared, so the
		-- loser of the race looks again.
		FOR attempt IN 1..10 LOOP
			BEGIN
				IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
					EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
				END IF;
				IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
					EXECUTE format('GRANT %I TO %I', role_name, current_user);
				END IF;
				EXIT;
			EXCEPTION
			WHEN duplicate_object OR unique_violation OR internal_error OR serialization_failure THEN
				PERFORM pg_sleep(0.02 * attempt);
			WHEN insufficient_privilege THEN
				RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
					'user "%s" may not make or join the role "%s"; have an administrator run: '
					'CREATE ROLE bedpost_owner NOLOGIN; CREATE ROLE bedpost_ingest NOLOGIN; '
					'CREATE ROLE bedpost_api NOLOGIN; CREATE ROLE bedpost_report NOLOGIN; '
					'GRANT bedpost_owner, bedpost_ingest, bedpost_api, bedpost_report TO %I',
					current_user, role_name, current_user);
			END;
		END LOOP;
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
			RAISE EXCEPTION 'could not make the role "%"', role_name;
		END IF;
	END LOOP;

	BEGIN
		GRANT USAGE, CREATE ON SCHEMA public TO bedpost_owner;
	EXCEPTION WHEN insufficient_privilege THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
			'user "%s" does not own database "%s"; have an administrator run: '
			'ALTER DATABASE %I OWNER TO %I',
			current_user, current_database(), current_database(), current_user);
	END;
END
$$;

ALTER TABLE schema_migrations OWNER TO bedpost_owner;
GRANT USAGE ON SCHEMA public TO bedpost_ingest, bedpost_api, bedpost_report;
GRANT SELECT ON schema_migrations TO PUBLIC;
