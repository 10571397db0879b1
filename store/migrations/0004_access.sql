-- Who may ask, and who asked. Tokens and sessions are kept as BLAKE2b-256 hashes of what the
-- client holds.
SET LOCAL ROLE bedpost_owner;

CREATE TABLE api_tokens (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash         bytea NOT NULL UNIQUE,
	name         text NOT NULL,
	role         text NOT NULL CHECK (role IN ('FACILITY_STAFF', 'FACILITY_MANAGER', 'REGIONAL_COORDINATOR', 'SYSTEM_ADMIN')),
	facility_id  text COLLATE "C" REFERENCES facilities,
	region_id    text COLLATE "C" REFERENCES regions,
	created_at   timestamptz NOT NULL DEFAULT now(),
	expires_at   timestamptz,
	revoked_at   timestamptz,
	last_used_at timestamptz,
	-- A role sees its own home or its own region, and only an administrator sees all.
	CHECK (CASE role
		WHEN 'FACILITY_STAFF' THEN facility_id IS NOT NULL AND region_id IS NULL
		WHEN 'FACILITY_MANAGER' THEN facility_id IS NOT NULL AND region_id IS NULL
		WHEN 'REGIONAL_COORDINATOR' THEN facility_id IS NULL AND region_id IS NOT NULL
		ELSE facility_id IS NULL AND region_id IS NULL END)
);

CREATE TABLE sessions (
	hash         bytea PRIMARY KEY,
	token_id     bigint REFERENCES api_tokens, -- the token the session was opened with
	role         text NOT NULL,
	facility_id  text COLLATE "C" REFERENCES facilities,
	region_id    text COLLATE "C" REFERENCES regions,
	csrf         bytea NOT NULL,
	created_at   timestamptz NOT NULL DEFAULT now(),
	expires_at   timestamptz NOT NULL,
	last_used_at timestamptz
);

CREATE TABLE access_log (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at          timestamptz NOT NULL DEFAULT now(),
	who         text,  -- token or user name; null: nobody known
	role        text,
	source_ip   inet,
	action      text NOT NULL, -- "login", "availability", "beds", "token_add" …
	facility_id text COLLATE "C",
	region_id   text COLLATE "C",
	allowed     boolean NOT NULL,
	detail      jsonb
);
CREATE INDEX access_log_at ON access_log USING brin (at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_log
	FOR EACH ROW EXECUTE FUNCTION bedpost_append_only();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON access_log
	FOR EACH STATEMENT EXECUTE FUNCTION bedpost_append_only();
