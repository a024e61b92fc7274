-- migrate:up
SET LOCAL lock_timeout = '5s';
ALTER TABLE message VALIDATE CONSTRAINT message_of_contact_or_group;

-- migrate:down
SELECT 1;  -- What was looked at cannot be unseen.
