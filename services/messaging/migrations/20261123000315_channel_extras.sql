-- migrate:up
SET LOCAL lock_timeout = '5s';
-- What a channel's provider sends beside plain contents; null: not told.
ALTER TABLE channel_ref ADD COLUMN extras text[];

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE channel_ref DROP COLUMN extras;
