-- Who made a subscription is told as long as they may see the home: not after their token has expired,
-- nor after the home has moved to another region.
SET LOCAL ROLE bedpost_owner;

CREATE FUNCTION bedpost_may_be_told(of_user bigint, of_token bigint, home text, region text)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT num_nonnulls(of_user, of_token) = 0 OR EXISTS (SELECT FROM (
		SELECT u.role, u.facility_id, u.region_id FROM users u
		WHERE u.id = of_user AND u.disabled_at IS NULL
		UNION ALL SELECT t.role, t.facility_id, t.region_id FROM api_tokens t
		WHERE t.id = of_token AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
	) AS owner WHERE CASE owner.role WHEN 'SYSTEM_ADMIN' THEN true
		WHEN 'FACILITY_MANAGER' THEN owner.facility_id = home
		WHEN 'REGIONAL_COORDINATOR' THEN owner.region_id = region ELSE false END)
$$;
REVOKE ALL ON FUNCTION bedpost_may_be_told(bigint, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bedpost_may_be_told(bigint, bigint, text, text) TO bedpost_ingest;
