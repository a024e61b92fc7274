-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What machines do with a channel's inbound messages (domain/ai.py).
ALTER TABLE channel
ADD COLUMN ai_enabled boolean NOT NULL DEFAULT false,
ADD COLUMN debounce_timeout_ms integer NOT NULL DEFAULT 15000,
ADD COLUMN ai_processed text [] NOT NULL DEFAULT '{image,audio,voice,video,document}';

-- All rows have the default, so there is nothing to validate.
ALTER TABLE channel
ADD CONSTRAINT channel_debounce CHECK (debounce_timeout_ms BETWEEN 0 AND 300000) NOT VALID;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE channel
DROP COLUMN ai_enabled, DROP COLUMN debounce_timeout_ms, DROP COLUMN ai_processed;
