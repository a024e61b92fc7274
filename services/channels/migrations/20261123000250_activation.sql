-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What became of the last time that somebody asked for the channel to be put to work or switched
-- off: it decides which of those events are news. Null: nobody ever asked.
ALTER TABLE channel ADD COLUMN activation text
    CHECK (activation IN ('requested', 'activated', 'failed', 'deactivated'));

-- migrate:down
ALTER TABLE channel DROP COLUMN activation;
