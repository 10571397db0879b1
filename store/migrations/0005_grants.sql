-- Each role what it needs and no more (0001_roles.sql says what each is for).
SET LOCAL ROLE bedpost_owner;

GRANT SELECT ON regions, facilities, beds, home_views, facility_availability, streams, conflicts,
	bed_audit_log, refusals
	TO bedpost_ingest, bedpost_api, bedpost_report;

GRANT INSERT, UPDATE ON beds, facility_availability, streams, conflicts TO bedpost_ingest;
GRANT INSERT, UPDATE, DELETE ON home_views TO bedpost_ingest;
GRANT INSERT ON bed_audit_log, refusals TO bedpost_ingest;
GRANT UPDATE (offline_since, last_contact_at, queue_depth, in_sync_at, as_of, clock_skew_us,
	snapshot_asked_at, agent, rev, audit_n, audit_head, newest_event) ON facilities TO bedpost_ingest;
GRANT EXECUTE ON FUNCTION bedpost_make_partitions(integer) TO bedpost_ingest;

GRANT SELECT ON api_tokens, sessions, access_log TO bedpost_api;
GRANT UPDATE (last_used_at) ON api_tokens TO bedpost_api;
GRANT INSERT, DELETE, UPDATE (last_used_at, expires_at) ON sessions TO bedpost_api;
GRANT INSERT ON access_log TO bedpost_api;
GRANT SELECT ON access_log TO bedpost_report;
