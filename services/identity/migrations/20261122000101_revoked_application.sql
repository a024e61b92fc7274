-- migrate:up
SET LOCAL lock_timeout = '5s';

-- An application is access that can be taken back, too. What was allowed stays allowed, and a
-- revocation lives for minutes: there is next to nothing to look through.
-- squawk-ignore ban-drop-constraint
ALTER TABLE revocation DROP CONSTRAINT revocation_what_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE revocation ADD CONSTRAINT revocation_what_check
CHECK (what IN ('sign_in', 'user', 'api_key', 'application'));

-- migrate:down
DELETE FROM revocation WHERE what = 'application';
ALTER TABLE revocation DROP CONSTRAINT revocation_what_check;
ALTER TABLE revocation ADD CONSTRAINT revocation_what_check
CHECK (what IN ('sign_in', 'user', 'api_key'));
