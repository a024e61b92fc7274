-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Types and kinds are those of the code's own enumerations, checked where they come in.
-- squawk-ignore ban-drop-constraint
ALTER TABLE channel DROP CONSTRAINT channel_type_check;
-- squawk-ignore ban-drop-constraint
ALTER TABLE credential DROP CONSTRAINT credential_kind_check;

-- Of the Cloud API alone: the business account that the number belongs to, and the version of the
-- API. `session` holds the phone number's id.
ALTER TABLE channel ADD COLUMN waba_id text;
ALTER TABLE channel ADD COLUMN api_version text;

-- migrate:down
DELETE FROM credential WHERE kind NOT IN ('webhook_hmac', 'waha_api_key');
ALTER TABLE channel DROP COLUMN api_version;
ALTER TABLE channel DROP COLUMN waba_id;
ALTER TABLE credential ADD CONSTRAINT credential_kind_check
    CHECK (kind IN ('webhook_hmac', 'waha_api_key'));
ALTER TABLE channel ADD CONSTRAINT channel_type_check CHECK (type IN ('waha')) NOT VALID;
