-- People who log in with a password. A session stands for a user or for a token.
SET LOCAL ROLE bedpost_owner;

CREATE TABLE users (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	login         text COLLATE "C" NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9_.@-]{0,63}$'),
	name          text NOT NULL,
	role          text NOT NULL CHECK (role IN ('FACILITY_STAFF', 'FACILITY_MANAGER', 'REGIONAL_COORDINATOR', 'SYSTEM_ADMIN')),
	facility_id   text COLLATE "C" REFERENCES facilities,
	region_id     text COLLATE "C" REFERENCES regions,
	password      text CHECK (password LIKE '$argon2id$%'), -- null: none fits
	password_at   timestamptz, -- when it was set
	created_at    timestamptz NOT NULL DEFAULT now(),
	disabled_at   timestamptz,
	last_login_at timestamptz,
	CHECK (CASE role
		WHEN 'FACILITY_STAFF' THEN facility_id IS NOT NULL AND region_id IS NULL
		WHEN 'FACILITY_MANAGER' THEN facility_id IS NOT NULL AND region_id IS NULL
		WHEN 'REGIONAL_COORDINATOR' THEN facility_id IS NULL AND region_id IS NOT NULL
		ELSE facility_id IS NULL AND region_id IS NULL END)
);

DELETE FROM sessions WHERE token_id IS NULL;
ALTER TABLE sessions ADD COLUMN user_id bigint REFERENCES users;
ALTER TABLE sessions ADD CHECK (num_nonnulls(token_id, user_id) = 1);
CREATE INDEX sessions_user ON sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX sessions_token ON sessions (token_id) WHERE token_id IS NOT NULL;

GRANT SELECT ON users TO bedpost_api;
GRANT UPDATE (last_login_at) ON users TO bedpost_api;
