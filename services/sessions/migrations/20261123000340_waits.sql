-- migrate:up
SET LOCAL lock_timeout = '5s';

-- How long the customer waited for answers, and the newest messages that may still change it
-- (domain/waits.py). Null: nothing was heard since this is counted.
ALTER TABLE session ADD COLUMN waits jsonb;

-- migrate:down
ALTER TABLE session DROP COLUMN waits;
