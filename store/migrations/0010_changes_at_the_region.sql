-- Changes that people make at the region: a bed's status, the settling of a conflict.
SET LOCAL ROLE bedpost_owner;

-- facilities.rev of the change made at the region that set the bed's status; 0: the home's own
-- event did. A home that has taken in a lower rev is told of it.
ALTER TABLE beds ADD COLUMN region_rev bigint NOT NULL DEFAULT 0;

ALTER TABLE conflicts
	ADD COLUMN settled_status text, -- what the bed was then
	ADD COLUMN settled_reason text; -- a code (regional/merge/change.h); null: the policy settled it
CREATE INDEX conflicts_id ON conflicts (id);

-- A home's history by the time that things happened; a bed's has an index already.
CREATE INDEX bed_audit_log_changed ON bed_audit_log (facility_id, changed_at, n);
