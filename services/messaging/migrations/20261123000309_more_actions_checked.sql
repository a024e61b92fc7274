-- migrate:up
SET LOCAL lock_timeout = '5s';
ALTER TABLE message_action VALIDATE CONSTRAINT message_action_kind;

-- migrate:down
SELECT 1;  -- What was looked at cannot be unseen.
