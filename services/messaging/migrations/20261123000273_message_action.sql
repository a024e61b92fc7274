-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What somebody of the company asked to be done to a message, or to a chat: said by an event, done
-- by channels, settled by what channels tells.
CREATE TABLE message_action (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    kind text NOT NULL,
    message_id uuid,
    chat_id uuid,
    emoji text,
    said text,
    requested_by uuid NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    failure text,
    failure_reason text,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id),
    FOREIGN KEY (tenant_id, chat_id) REFERENCES chat (tenant_id, id),
    CONSTRAINT message_action_kind CHECK (kind IN ('reaction', 'edit', 'revocation', 'seen')),
    CONSTRAINT message_action_of CHECK ((message_id IS NULL) = (chat_id IS NOT NULL)),
    CONSTRAINT message_action_status CHECK (status IN ('queued', 'done', 'failed')),
    CONSTRAINT message_action_settled CHECK ((status = 'queued') = (settled_at IS NULL))
);

ALTER TABLE message_action ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_action FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_action FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON message_action TO messaging_app;

-- What a channel's provider does to messages that are there; null: not told.
ALTER TABLE channel_ref ADD COLUMN acts text[];

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE channel_ref DROP COLUMN acts;
DROP TABLE message_action;
