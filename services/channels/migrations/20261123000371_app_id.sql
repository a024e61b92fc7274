-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Meta's id of the app that the token is of: examples of templates are uploaded to it.
ALTER TABLE channel ADD COLUMN app_id text;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE channel DROP COLUMN app_id;
