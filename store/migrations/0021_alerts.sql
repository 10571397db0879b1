-- Alerts: what they are measured by, what they were, who is told, and what is still to be sent.
SET LOCAL ROLE bedpost_owner;

-- What differs from the built-in rules (regional/alert/rules.h). The most exact row counts: of a
-- ward before its home's, a home's before its region's, a region's before one for all.
CREATE TABLE alert_rules (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	rule        text NOT NULL CHECK (rule IN ('low', 'critical', 'offline', 'conflict', 'clock_skew', 'digest_mismatch')),
	region_id   text COLLATE "C" REFERENCES regions,
	facility_id text COLLATE "C" REFERENCES facilities,
	ward        text COLLATE "C",
	threshold   bigint CHECK (threshold >= 0), -- beds, or seconds; null: as built in
	enabled     boolean NOT NULL DEFAULT true,
	set_at      timestamptz NOT NULL DEFAULT now(),
	set_by      text NOT NULL,
	CHECK (region_id IS NULL OR facility_id IS NULL),
	CHECK (ward IS NULL OR facility_id IS NOT NULL)
);
CREATE UNIQUE INDEX alert_rules_scope ON alert_rules
	(coalesce(facility_id, ''), coalesce(region_id, ''), coalesce(ward, ''), rule);

-- One row per episode, for ever. ward '': of the home as a whole.
CREATE TABLE alert_history (
	facility_id     text COLLATE "C" NOT NULL REFERENCES facilities,
	id              text COLLATE "C" NOT NULL, -- "alr_" and a ULID
	rule            text NOT NULL,
	ward            text COLLATE "C" NOT NULL DEFAULT '',
	value           bigint NOT NULL, -- the farthest it came
	threshold       bigint NOT NULL, -- when it opened
	opened_at       timestamptz NOT NULL,
	cleared_at      timestamptz,
	acknowledged_at timestamptz,
	acknowledged_by text,
	told_opened     boolean NOT NULL DEFAULT false, -- a notification said so
	told_cleared    boolean NOT NULL DEFAULT false,
	PRIMARY KEY (facility_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX alert_history_open ON alert_history (facility_id, rule, ward) WHERE cleared_at IS NULL;
CREATE INDEX alert_history_untold ON alert_history (facility_id)
	WHERE cleared_at IS NULL OR (told_opened AND NOT told_cleared);
CREATE INDEX alert_history_id ON alert_history (id);

-- When a home's rule last notified: the next one waits its time.
CREATE TABLE alert_notices (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	rule        text NOT NULL,
	notified_at timestamptz NOT NULL,
	PRIMARY KEY (facility_id, rule)
);

-- Who is told. Null: of any region, home, rule.
CREATE TABLE subscriptions (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	channel     text NOT NULL CHECK (channel IN ('webhook', 'email')),
	target      text NOT NULL, -- URL or address
	secret      bytea,         -- a webhook's, for its signature
	region_id   text COLLATE "C" REFERENCES regions,
	facility_id text COLLATE "C" REFERENCES facilities,
	rule        text,
	created_at  timestamptz NOT NULL DEFAULT now(),
	created_by  text NOT NULL,
	ended_at    timestamptz,
	CHECK ((channel = 'webhook') = (secret IS NOT NULL))
);

-- What is to be sent, and was. A sender takes a row for a while by moving next_at; one that dies
-- meanwhile leaves it to the others.
CREATE TABLE deliveries (
	id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	facility_id     text COLLATE "C" NOT NULL REFERENCES facilities,
	subscription_id bigint NOT NULL REFERENCES subscriptions,
	subject         text NOT NULL,
	body            text NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	next_at         timestamptz NOT NULL DEFAULT now(),
	attempts        integer NOT NULL DEFAULT 0,
	delivered_at    timestamptz,
	failed_at       timestamptz, -- given up
	last_error      text
) WITH (fillfactor = 80);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE delivered_at IS NULL AND failed_at IS NULL;

-- An episode as the API and the live streams show it.
CREATE FUNCTION bedpost_alert_json(a alert_history) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'id', a.id, 'facility_id', a.facility_id, 'name', f.name, 'rule', a.rule,
		'ward', nullif(a.ward, ''),
		'state', CASE WHEN a.cleared_at IS NULL THEN 'open' ELSE 'cleared' END,
		'value', a.value, 'threshold', a.threshold,
		'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'cleared_at', to_char(a.cleared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_at', to_char(a.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'acknowledged_by', a.acknowledged_by)::text
	FROM facilities f WHERE f.id = a.facility_id
$$;

-- "fac_oslo_nordre {…}" to whoever serves live pages, after the commit.
CREATE FUNCTION bedpost_alert_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('bedpost_alert', NEW.facility_id || ' ' || bedpost_alert_json(NEW));
	RETURN NULL;
END
$$;
CREATE TRIGGER tell_opened AFTER INSERT ON alert_history
	FOR EACH ROW EXECUTE FUNCTION bedpost_alert_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON alert_history FOR EACH ROW
	WHEN (OLD.cleared_at IS DISTINCT FROM NEW.cleared_at
		OR OLD.acknowledged_at IS DISTINCT FROM NEW.acknowledged_at)
	EXECUTE FUNCTION bedpost_alert_changed();

GRANT SELECT ON alert_rules, alert_history, alert_notices, deliveries TO bedpost_ingest, bedpost_report;
GRANT SELECT ON alert_history TO bedpost_api;
SELECT bedpost_guard('alert_history');
-- A secret is for the sender alone.
GRANT SELECT ON subscriptions TO bedpost_ingest;
GRANT SELECT (id, channel, target, region_id, facility_id, rule, created_at, created_by, ended_at)
	ON subscriptions TO bedpost_report;
GRANT INSERT, UPDATE ON alert_history, alert_notices TO bedpost_ingest;
GRANT INSERT ON deliveries TO bedpost_ingest;
GRANT UPDATE (next_at, attempts, delivered_at, failed_at, last_error) ON deliveries TO bedpost_ingest;
GRANT UPDATE (acknowledged_at, acknowledged_by) ON alert_history TO bedpost_api;
