-- migrate:up
SET LOCAL lock_timeout = '5s';

-- How often the scanner took the whole file and did not say what it thinks of it.
ALTER TABLE media_job ADD COLUMN unjudged smallint NOT NULL DEFAULT 0;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE media_job DROP COLUMN unjudged;
