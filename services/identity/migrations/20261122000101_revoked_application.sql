-- migrate:up
SET LOCAL lock_timeout = '5s';

-- An application is access that can be taken back, too.
ALTER TABLE revocation DROP CONSTRAINT revocation_what_check;
ALTER TABLE revocation ADD CONSTRAINT revocation_what_check
CHECK (what IN ('sign_in', 'user', 'api_key', 'application'));

-- migrate:down
DELETE FROM revocation WHERE what = 'application';
ALTER TABLE revocation DROP CONSTRAINT revocation_what_check;
ALTER TABLE revocation ADD CONSTRAINT revocation_what_check
CHECK (what IN ('sign_in', 'user', 'api_key'));
