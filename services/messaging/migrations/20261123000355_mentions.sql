-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Whom the text calls: a JSON array of addresses; null: nobody.
ALTER TABLE message ADD COLUMN mentions jsonb;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE message DROP COLUMN mentions;
