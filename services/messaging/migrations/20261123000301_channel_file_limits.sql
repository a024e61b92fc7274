-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Which files the channel's provider takes, as JSON, by type of content; null: not told.
ALTER TABLE channel_ref ADD COLUMN file_limits bytea;

-- migrate:down
ALTER TABLE channel_ref DROP COLUMN file_limits;
