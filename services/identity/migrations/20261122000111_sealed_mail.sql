-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The text of a mail is sealed until it is sent, for what the links in it let their reader do.
-- `body` is of mails that were written before, and is not written any more.
ALTER TABLE mail ADD COLUMN sealed bytea;
ALTER TABLE mail ADD CONSTRAINT mail_settled_without_text
CHECK (due_at IS NOT NULL OR sealed IS NULL) NOT VALID;

GRANT UPDATE (sealed) ON mail TO identity_system;

-- migrate:down
ALTER TABLE mail DROP CONSTRAINT mail_settled_without_text;
ALTER TABLE mail DROP COLUMN sealed;
