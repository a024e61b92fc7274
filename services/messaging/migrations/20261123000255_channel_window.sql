-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Hours after somebody's last message in which they may be written to freely; null: always.
ALTER TABLE channel_ref ADD COLUMN window_hours integer;

-- migrate:down
ALTER TABLE channel_ref DROP COLUMN window_hours;
