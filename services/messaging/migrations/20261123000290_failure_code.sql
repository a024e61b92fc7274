-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The provider's code of why a message of ours was not sent.
ALTER TABLE outgoing_message ADD COLUMN failure_code text;

-- migrate:down
SET LOCAL lock_timeout = '5s';

ALTER TABLE outgoing_message DROP COLUMN failure_code;
