-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Whether files that are to be seen once are kept: nobody's choice but the company's own.
ALTER TABLE channel ADD COLUMN keep_view_once boolean NOT NULL DEFAULT false;

-- migrate:down
ALTER TABLE channel DROP COLUMN keep_view_once;
