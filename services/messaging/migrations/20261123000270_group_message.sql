-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A message of a group has a chat and an author instead of a contact and a session: who writes in a
-- group is no contact for it, and a group has no session. Nobody else reads this table.
-- squawk-ignore ban-drop-not-null
ALTER TABLE message ALTER COLUMN contact_id DROP NOT NULL;
-- squawk-ignore ban-drop-not-null
ALTER TABLE message ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE message
ADD COLUMN chat_id uuid,
ADD COLUMN author jsonb;

ALTER TABLE message
ADD CONSTRAINT message_of_contact_or_group CHECK (
    (contact_id IS NULL) = (session_id IS NULL)
    AND (contact_id IS NULL) = (chat_id IS NOT NULL)
    AND (contact_id IS NULL) = (author IS NOT NULL)
) NOT VALID;

-- How far a message of ours got with each member of its group. A row is one person, by all the
-- addresses that were told together.
CREATE TABLE message_recipient (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    id uuid NOT NULL,
    addresses jsonb NOT NULL,
    -- What `addresses` has, as `kind:value`, to find the row by any of them.
    known_by text[] NOT NULL,
    status text NOT NULL,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    played_at timestamptz,
    failure jsonb,
    PRIMARY KEY (tenant_id, message_id, id),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id)
);

ALTER TABLE message_recipient ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_recipient FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_recipient FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE, DELETE ON message_recipient TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE message_recipient;
DELETE FROM message_version
USING message
WHERE
    message.tenant_id = message_version.tenant_id
    AND message.id = message_version.message_id
    AND message.contact_id IS NULL;
DELETE FROM message WHERE contact_id IS NULL;
ALTER TABLE message DROP CONSTRAINT message_of_contact_or_group;
ALTER TABLE message
DROP COLUMN chat_id,
DROP COLUMN author,
ALTER COLUMN contact_id SET NOT NULL,
ALTER COLUMN session_id SET NOT NULL;
