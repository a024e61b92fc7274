-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A session that an import made of messages of the past: it began and ended by the provider's
-- clock, and no timer was ever set for it.
ALTER TABLE session ADD COLUMN historic boolean NOT NULL DEFAULT false;
-- Checked for new rows; there are no others that could break it.
ALTER TABLE session ADD CONSTRAINT session_historic
    CHECK (NOT historic OR status = 'ended') NOT VALID;

-- migrate:down
ALTER TABLE session DROP CONSTRAINT session_historic;
ALTER TABLE session DROP COLUMN historic;
