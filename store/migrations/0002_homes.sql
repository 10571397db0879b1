-- Regions, homes, beds, and what of them is free.
--
-- Identifiers are text in byte order (collation C): "fac_oslo_nordre", "bed_2b_room_14". Every key
-- leads with facility_id, so that a distributed PostgreSQL can shard on it. Two clocks: *_at of an
-- event is the clinical time (true at), received_at is when the region learned it (known at).
SET LOCAL ROLE bedpost_owner;

CREATE TABLE regions (
	id         text COLLATE "C" PRIMARY KEY CHECK (id ~ '^reg_[a-z0-9_.-]{1,60}$'),
	name       text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- The row is locked (FOR NO KEY UPDATE, in id order) by whoever changes a home's beds: all writers
-- of a home stand in one line. The columns from offline_since down change with every contact and
-- are not indexed: updates stay in the page.
CREATE TABLE facilities (
	id                 text COLLATE "C" PRIMARY KEY CHECK (id ~ '^fac_[a-z0-9_.-]{1,60}$'),
	name               text NOT NULL,
	region_id          text COLLATE "C" NOT NULL REFERENCES regions,
	address            jsonb NOT NULL DEFAULT '{}',
	latitude           double precision CHECK (latitude BETWEEN -90 AND 90),
	longitude          double precision CHECK (longitude BETWEEN -180 AND 180),
	timezone           text NOT NULL DEFAULT 'UTC',
	ward_config        jsonb NOT NULL DEFAULT '{}',
	conflict_policy    text NOT NULL DEFAULT 'hold' CHECK (conflict_policy IN ('hold', 'source_wins', 'latest_wins')),
	auto_register      boolean NOT NULL DEFAULT true, -- an unknown bed becomes known by its first event
	default_care_level text NOT NULL DEFAULT 'medium' CHECK (default_care_level IN ('light', 'medium', 'intensive')),
	created_at         timestamptz NOT NULL DEFAULT now(),
	revoked_at         timestamptz, -- set: its certificate is refused

	offline_since      timestamptz,            -- not heard of since; null while it is heard
	last_contact_at    timestamptz,            -- last batch or heartbeat taken in
	queue_depth        bigint NOT NULL DEFAULT 0, -- events still waiting at the home, as it last said
	in_sync_at         timestamptz,            -- last contact with an empty queue and no difference we cannot explain
	as_of              timestamptz,            -- the time through which the home's beds are known (docs/protocol.md)
	clock_skew_us      bigint,                 -- home's clock minus ours at the last contact
	snapshot_asked_at  timestamptz,            -- when we last asked for a census because digests differed
	agent              text,
	rev                bigint NOT NULL DEFAULT 0, -- counts committed changes of this home's beds
	audit_n            bigint NOT NULL DEFAULT 0, -- rows in its audit chain
	audit_head         bytea,                  -- hash of the last of them
	newest_event       text COLLATE "C"        -- the highest event_id among them: a higher one cannot have been seen
) WITH (fillfactor = 70);
CREATE INDEX facilities_region ON facilities (region_id, id);

CREATE TABLE beds (
	facility_id  text COLLATE "C" NOT NULL REFERENCES facilities,
	id           text COLLATE "C" NOT NULL,
	ward         text COLLATE "C" NOT NULL DEFAULT 'unassigned',
	care_level   text COLLATE "C" NOT NULL CHECK (care_level IN ('light', 'medium', 'intensive')),
	room_number  text,
	status       text COLLATE "C" NOT NULL CHECK (status IN ('available', 'occupied', 'reserved', 'maintenance')),
	version      bigint NOT NULL DEFAULT 0, -- changes; 0: registered by hand, the home has not spoken of it yet
	last_updated timestamptz NOT NULL, -- changed_at of the event that set the status
	confirmed_at timestamptz NOT NULL, -- changed_at of the newest event that said so: never before last_updated
	unconfirmed  boolean NOT NULL DEFAULT false, -- a conflict is open: not counted under any status
	PRIMARY KEY (facility_id, id)
) WITH (fillfactor = 70);

-- Beds of which a home must think otherwise than we do: it reported a change that was set aside as
-- a conflict, or refused. Beds and these rows together are what the home's state digest is
-- compared with: a difference that is in neither is one we cannot explain, and the home is asked
-- for a census.
CREATE TABLE home_views (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	bed_id      text COLLATE "C" NOT NULL, -- perhaps not a registered bed
	status      text COLLATE "C" NOT NULL,
	changed_at  timestamptz NOT NULL,
	PRIMARY KEY (facility_id, bed_id)
);

-- total = available + reserved + occupied + maintenance + unconfirmed; a group that lost its last
-- bed stays with 0.
CREATE TABLE facility_availability (
	facility_id text COLLATE "C" NOT NULL REFERENCES facilities,
	ward        text COLLATE "C" NOT NULL,
	care_level  text COLLATE "C" NOT NULL,
	total       integer NOT NULL,
	available   integer NOT NULL,
	reserved    integer NOT NULL,
	occupied    integer NOT NULL,
	maintenance integer NOT NULL,
	unconfirmed integer NOT NULL,
	as_of       timestamptz NOT NULL, -- facilities.as_of when the row was last counted; heartbeats move only that one
	rev         bigint NOT NULL,      -- facilities.rev of the change that last counted it
	PRIMARY KEY (facility_id, ward, care_level),
	CHECK (total = available + reserved + occupied + maintenance + unconfirmed)
) WITH (fillfactor = 70);

-- What has been taken in of each outbox: seq 1 … applied_through, without gaps.
CREATE TABLE streams (
	facility_id      text COLLATE "C" NOT NULL REFERENCES facilities,
	epoch            text COLLATE "C" NOT NULL,
	applied_through  bigint NOT NULL DEFAULT 0,
	first_received_at timestamptz NOT NULL,
	last_received_at timestamptz NOT NULL,
	PRIMARY KEY (facility_id, epoch)
) WITH (fillfactor = 70);

-- Two accounts of one bed that do not fit. Under the policy "hold" the chain stays open, and the
-- bed unconfirmed, until somebody settles it; the other policies settle it as it opens. Its events
-- are the audit rows with this id.
CREATE TABLE conflicts (
	facility_id   text COLLATE "C" NOT NULL REFERENCES facilities,
	id            text COLLATE "C" NOT NULL, -- "cfl_" and a ULID
	bed_id        text COLLATE "C" NOT NULL,
	opened_at     timestamptz NOT NULL, -- received_at of the event that opened it
	held_status   text NOT NULL,        -- what the bed was when it opened
	branch_status text NOT NULL,        -- where the other branch has come to
	events        integer NOT NULL,     -- of the other branch
	last_event_at timestamptz NOT NULL, -- received_at of its last
	status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'settled')),
	settled_at    timestamptz,
	settled_by    text,
	PRIMARY KEY (facility_id, id)
);
CREATE UNIQUE INDEX conflicts_open ON conflicts (facility_id, bed_id) WHERE status = 'open';
