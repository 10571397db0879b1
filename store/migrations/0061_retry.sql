-- A delivery that was given up is tried again over the API, by whose subscription it is: row
-- security (0039) holds that already.
SET LOCAL ROLE bedpost_owner;

GRANT UPDATE (next_at, attempts, give_up_at) ON deliveries TO bedpost_api;
