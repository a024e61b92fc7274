-- migrate:up
SET LOCAL lock_timeout = '5s';
ALTER TABLE outgoing_message VALIDATE CONSTRAINT outgoing_message_of;

-- migrate:down
SELECT 1;  -- What was looked at cannot be unseen.
