-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What was found when a picture was looked at: its size in pixels, and a small one of it, in the
-- store like any content. Looked at and without one: it cannot be shown small.
ALTER TABLE file
ADD COLUMN looked_at timestamptz,
ADD COLUMN width integer,
ADD COLUMN height integer,
ADD COLUMN thumbnail_sha256 text,
ADD COLUMN thumbnail_bytes bigint;

-- migrate:down
ALTER TABLE file
DROP COLUMN looked_at,
DROP COLUMN width,
DROP COLUMN height,
DROP COLUMN thumbnail_sha256,
DROP COLUMN thumbnail_bytes;
