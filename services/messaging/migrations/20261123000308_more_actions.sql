-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Votes of ours, and what is done to a chat: put out of sight, labelled.
ALTER TABLE message_action
ADD COLUMN options text[],
ADD COLUMN label_id text;
-- squawk-ignore ban-drop-constraint
ALTER TABLE message_action DROP CONSTRAINT message_action_kind;
ALTER TABLE message_action
ADD CONSTRAINT message_action_kind CHECK (
    kind IN (
        'reaction', 'edit', 'revocation', 'seen', 'vote', 'archive', 'unarchive', 'label', 'unlabel'
    )
) NOT VALID;

-- A label of a channel's account, as the provider names it; one that was deleted stays as such, so
-- that what is told late does not bring it back.
CREATE TABLE label (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    id text NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    told_at timestamptz NOT NULL,
    deleted boolean NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, id)
);

ALTER TABLE label ENABLE ROW LEVEL SECURITY;
ALTER TABLE label FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON label FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON label TO messaging_app;

-- How somebody who wrote in a group calls themselves, by each of their addresses (`kind:value`).
CREATE TABLE author_name (
    tenant_id uuid NOT NULL,
    chat_id uuid NOT NULL,
    address text NOT NULL,
    name text NOT NULL,
    said_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, chat_id, address),
    FOREIGN KEY (tenant_id, chat_id) REFERENCES chat (tenant_id, id)
);

ALTER TABLE author_name ENABLE ROW LEVEL SECURITY;
ALTER TABLE author_name FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON author_name FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON author_name TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE author_name, label;
DELETE FROM message_action WHERE kind NOT IN ('reaction', 'edit', 'revocation', 'seen');
ALTER TABLE message_action DROP CONSTRAINT message_action_kind;
ALTER TABLE message_action
DROP COLUMN options,
DROP COLUMN label_id,
ADD CONSTRAINT message_action_kind CHECK (kind IN ('reaction', 'edit', 'revocation', 'seen'));
