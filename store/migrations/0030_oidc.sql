-- Log-in through an OpenID provider. Who somebody is, the provider says; what they may do stands in
-- users, as for a password.
SET LOCAL ROLE bedpost_owner;

-- A log-in that has gone to the provider and is not back yet: any API process may take it up, once.
-- Hashes only; the browser holds the cookie that nonce and PKCE verifier follow from.
CREATE TABLE oidc_logins (
	state      bytea PRIMARY KEY, -- BLAKE2b-256 of the state in the address
	browser    bytea NOT NULL,    -- the same of the cookie
	return_to  text NOT NULL,     -- path of our own pages
	began_at   timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL
);
CREATE INDEX oidc_logins_expires ON oidc_logins (expires_at);

-- The user whom a provider's subject stands for; one subject a user at each provider.
CREATE TABLE user_identities (
	issuer    text COLLATE "C" NOT NULL,
	subject   text COLLATE "C" NOT NULL,
	user_id   bigint NOT NULL REFERENCES users,
	linked_at timestamptz NOT NULL DEFAULT now(),
	linked_by text NOT NULL, -- an administrator, or "claim": at the first log-in
	PRIMARY KEY (issuer, subject),
	UNIQUE (issuer, user_id)
);

ALTER TABLE sessions ADD COLUMN logout_url text; -- ends the provider's own session as well

GRANT SELECT, INSERT, DELETE ON oidc_logins TO bedpost_api;
GRANT SELECT, INSERT ON user_identities TO bedpost_api;
GRANT UPDATE (logout_url) ON sessions TO bedpost_api;
GRANT UPDATE (password, password_at) ON users TO bedpost_api; -- one's own, by the old one

SELECT bedpost_guard(t, '(SELECT bedpost_scope_login())')
	FROM unnest(ARRAY['oidc_logins', 'user_identities']::regclass[]) AS t;
