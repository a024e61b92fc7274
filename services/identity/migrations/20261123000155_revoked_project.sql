-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A project that was closed is access that was taken back, too: tokens for it are around that belong
-- to no sign-in of it, since somebody switched. A revocation lives for minutes: there is next to
-- nothing to look through.
-- squawk-ignore ban-drop-constraint
ALTER TABLE revocation DROP CONSTRAINT revocation_what_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE revocation ADD CONSTRAINT revocation_what_check
CHECK (what IN ('sign_in', 'user', 'api_key', 'application', 'project'));

-- migrate:down
DELETE FROM revocation WHERE what = 'project';
ALTER TABLE revocation DROP CONSTRAINT revocation_what_check;
ALTER TABLE revocation ADD CONSTRAINT revocation_what_check
CHECK (what IN ('sign_in', 'user', 'api_key', 'application'));
