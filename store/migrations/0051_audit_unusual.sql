-- What an auditor looks for first is rare: conflicts, and news that came late. Without an index of its own such a question
-- reads the log from its end until a page is full, the whole of it where there are few. Rows that were simply applied are not
-- in it, so the merge pays nothing for them.
CREATE INDEX bed_audit_log_unusual ON bed_audit_log (outcome, received_at, facility_id, n) WHERE outcome IN ('late', 'conflict');
