-- Administration over the API: what bedpost_api may write, and for whom; certificates that are
-- refused, and who came with one.
SET LOCAL ROLE bedpost_owner;

CREATE FUNCTION bedpost_scope_admin() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(current_setting('bedpost.role', true) = 'SYSTEM_ADMIN', false)
$$;
CREATE FUNCTION bedpost_scope_subscriber() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(current_setting('bedpost.role', true)
		IN ('SYSTEM_ADMIN', 'FACILITY_MANAGER', 'REGIONAL_COORDINATOR'), false)
$$;

-- ---- JSON ----

CREATE FUNCTION bedpost_time(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- RFC 7396.
CREATE FUNCTION bedpost_merge_patch(target jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	key text;
	value jsonb;
BEGIN
	IF patch IS NULL OR jsonb_typeof(patch) <> 'object' THEN
		RETURN patch;
	END IF;
	IF target IS NULL OR jsonb_typeof(target) <> 'object' THEN
		target := '{}';
	END IF;
	FOR key, value IN SELECT * FROM jsonb_each(patch) LOOP
		IF jsonb_typeof(value) = 'null' THEN
			target := target - key;
		ELSE
			target := target || jsonb_build_object(key, bedpost_merge_patch(target -> key, value));
		END IF;
	END LOOP;
	RETURN target;
END
$$;

-- {"name":["before","after"]}, of what differs.
CREATE FUNCTION bedpost_changes(was jsonb, now_is jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value)), '{}')
	FROM jsonb_each(now_is) n LEFT JOIN jsonb_each(was) o ON o.key = n.key
	WHERE o.value IS DISTINCT FROM n.value
$$;

-- ---- who acts, and from where: a change over the API notes it in access_log like this ----

ALTER TABLE access_log
	ALTER COLUMN role SET DEFAULT nullif(current_setting('bedpost.role', true), ''),
	ALTER COLUMN source_ip SET DEFAULT nullif(current_setting('bedpost.source_ip', true), '')::inet;

-- ---- certificates ----

-- Those that were made for a home; a home's first may have been made before there was this table.
CREATE TABLE certificates (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	fingerprint text COLLATE "C" NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'), -- SHA-256
	issued_at   timestamptz NOT NULL DEFAULT now(),
	expires_at  timestamptz NOT NULL,
	revoked_at  timestamptz, -- set: refused for ever
	revoked_by  text,
	PRIMARY KEY (facility_id, fingerprint)
);
-- Set for good when a home is revoked: only certificates that stand above, and are not revoked, are
-- taken from then on, whatever else the authority may have signed before.
ALTER TABLE facilities ADD COLUMN certificates_pinned boolean NOT NULL DEFAULT false;

-- Homes that were turned away: closed ones, and those with a certificate that is refused.
CREATE TABLE contact_refusals (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	road        text NOT NULL CHECK (road IN ('https', 'sftp')),
	reason      text NOT NULL CHECK (reason IN ('closed', 'certificate')),
	fingerprint text COLLATE "C" NOT NULL DEFAULT '', -- '': the road has none
	first_at    timestamptz NOT NULL DEFAULT now(),
	last_at     timestamptz NOT NULL DEFAULT now(),
	noted_at    timestamptz NOT NULL DEFAULT now(), -- in access_log, once an hour
	n           bigint NOT NULL DEFAULT 1,
	source_ip   inet,
	PRIMARY KEY (facility_id, road, reason, fingerprint)
) WITH (fillfactor = 80);

SELECT bedpost_guard('certificates');
SELECT bedpost_guard('contact_refusals');
GRANT SELECT ON certificates, contact_refusals TO bedpost_ingest, bedpost_api, bedpost_report;
GRANT INSERT, UPDATE ON contact_refusals TO bedpost_ingest;
GRANT INSERT ON access_log TO bedpost_ingest;
GRANT UPDATE (revoked_at, revoked_by) ON certificates TO bedpost_api;
CREATE POLICY to_revoke ON certificates AS RESTRICTIVE FOR UPDATE TO bedpost_api
	USING ((SELECT bedpost_scope_admin()));

-- ---- subscriptions have owners ----

ALTER TABLE subscriptions
	ADD COLUMN user_id bigint REFERENCES users,      -- whose it is; both null: the administrators'
	ADD COLUMN token_id bigint REFERENCES api_tokens,
	ADD COLUMN has_secret boolean GENERATED ALWAYS AS (secret IS NOT NULL) STORED,
	ADD CONSTRAINT subscriptions_owner_check CHECK (num_nonnulls(user_id, token_id) <= 1);
CREATE INDEX subscriptions_user ON subscriptions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX subscriptions_token ON subscriptions (token_id) WHERE token_id IS NOT NULL;
-- A test message is of no home.
ALTER TABLE deliveries ALTER COLUMN facility_id DROP NOT NULL;

SELECT bedpost_guard(t, 'facility_id = (SELECT bedpost_scope_facility()) '
	'OR region_id = (SELECT bedpost_scope_region()) OR facility_id IN '
	'(SELECT f.id FROM facilities f WHERE f.region_id = (SELECT bedpost_scope_region()))')
	FROM unnest(ARRAY['alert_rules', 'subscriptions']::regclass[]) AS t;
SELECT bedpost_guard('deliveries', 'subscription_id IN (SELECT s.id FROM subscriptions s)');

-- ---- what bedpost_api may write, and for whom ----

GRANT INSERT ON regions TO bedpost_api;
GRANT INSERT (id, name, region_id, address, latitude, longitude, timezone, conflict_policy),
	UPDATE (name, region_id, address, latitude, longitude, timezone, ward_config, conflict_policy,
		auto_register, default_care_level, revoked_at, certificates_pinned)
	ON facilities TO bedpost_api;
GRANT INSERT, UPDATE (name, role, facility_id, region_id, password, password_at, disabled_at)
	ON users TO bedpost_api;
GRANT INSERT, UPDATE (revoked_at) ON api_tokens TO bedpost_api;
GRANT SELECT, INSERT, DELETE, UPDATE (threshold, enabled, set_at, set_by) ON alert_rules TO bedpost_api;
-- Not the secret: it is written and never read.
GRANT SELECT (id, channel, target, region_id, facility_id, rule, language, created_at, created_by,
	ended_at, user_id, token_id, has_secret),
	INSERT, UPDATE (target, secret, region_id, facility_id, rule, language, ended_at)
	ON subscriptions TO bedpost_api;
GRANT SELECT (id, facility_id, subscription_id, rule, created_at, next_at, attempts, delivered_at,
	failed_at, last_error),
	INSERT (subscription_id, notification_id, rule, subject, body, give_up_at),
	UPDATE (failed_at, last_error)
	ON deliveries TO bedpost_api;

CREATE FUNCTION bedpost_guard_writing(guarded regclass, condition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE POLICY to_insert ON %s AS RESTRICTIVE FOR INSERT TO bedpost_api '
		'WITH CHECK (%s)', guarded, condition);
	EXECUTE format('CREATE POLICY to_update ON %s AS RESTRICTIVE FOR UPDATE TO bedpost_api '
		'USING (%s)', guarded, condition);
	EXECUTE format('CREATE POLICY to_delete ON %s AS RESTRICTIVE FOR DELETE TO bedpost_api '
		'USING (%s)', guarded, condition);
END
$$;
REVOKE ALL ON FUNCTION bedpost_guard_writing(regclass, text) FROM PUBLIC;
SELECT bedpost_guard_writing(t, '(SELECT bedpost_scope_admin())')
	FROM unnest(ARRAY['facilities', 'alert_rules']::regclass[]) AS t;
-- Who is logging in notes that it did.
SELECT bedpost_guard_writing(t, '(SELECT bedpost_scope_admin()) OR (SELECT bedpost_scope_login())')
	FROM unnest(ARRAY['users', 'api_tokens']::regclass[]) AS t;
SELECT bedpost_guard_writing(t, '(SELECT bedpost_scope_subscriber())')
	FROM unnest(ARRAY['subscriptions', 'deliveries']::regclass[]) AS t;
