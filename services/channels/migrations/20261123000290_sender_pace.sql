-- migrate:up
SET LOCAL lock_timeout = '5s';

-- How much slower than it could a number sends for a while, since its provider said that it sends
-- too fast; and the version of the key that its provider refused, with which nothing is called.
ALTER TABLE sender
ADD COLUMN slowness smallint NOT NULL DEFAULT 0,
ADD COLUMN slow_until timestamptz,
ADD COLUMN refused_key integer;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE sender DROP COLUMN slowness, DROP COLUMN slow_until, DROP COLUMN refused_key;
