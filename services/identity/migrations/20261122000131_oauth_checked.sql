-- migrate:up
SET LOCAL lock_timeout = '5s';

ALTER TABLE sign_in VALIDATE CONSTRAINT sign_in_of_application;
ALTER TABLE sign_in VALIDATE CONSTRAINT sign_in_application_fkey;

-- migrate:down
SELECT 1;  -- What was looked at cannot be unseen.
