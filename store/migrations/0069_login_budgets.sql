-- How often somebody may fail to log in, counted once for all API processes: with each counting for
-- itself an attacker would have as many budgets as there are processes.
--
-- Unlogged: a crash of the server gives everybody a full budget again, and a standby has none. A name
-- (an address, a login, a browser) has its place by hash, so the table does not grow with what an
-- attacker thinks of.
SET LOCAL ROLE bedpost_owner;

CREATE UNLOGGED TABLE login_budgets (
	kind    smallint NOT NULL, -- of what (regional/api/budget.h)
	place   integer NOT NULL,
	full_at timestamptz NOT NULL, -- when all that was used up will have come back
	PRIMARY KEY (kind, place)
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE ON login_budgets TO bedpost_api;

SELECT bedpost_guard('login_budgets', '(SELECT bedpost_scope_login())');
