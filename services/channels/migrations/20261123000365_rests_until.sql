-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Until when a channel rests after what it sent, or while its provider is away: what is asked for
-- meanwhile is due, and waits.
ALTER TABLE sender ADD COLUMN rests_until timestamptz;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE sender DROP COLUMN rests_until;
