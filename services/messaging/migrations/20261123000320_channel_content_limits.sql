-- migrate:up
SET LOCAL lock_timeout = '5s';

-- How long parts of contents may be at the channel's provider, as JSON; null: not told.
ALTER TABLE channel_ref ADD COLUMN content_limits bytea;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE channel_ref DROP COLUMN content_limits;
