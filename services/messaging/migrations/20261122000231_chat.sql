-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A conversation at a provider: with one person, of a group, or a channel that people follow.
-- `state` is all that was told of it, each part with its time, so that facts may come in any order
-- (see domain/chat.py); chat_type and status repeat what lists are narrowed by.
CREATE TABLE chat (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    address text NOT NULL,
    chat_type text NOT NULL,
    status text NOT NULL,
    -- The contact's node of a chat with one person, once a message told of it.
    contact_id uuid,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT chat_address_key UNIQUE (tenant_id, channel_id, address),
    CONSTRAINT chat_type_known CHECK (chat_type IN ('individual', 'group', 'channel')),
    CONSTRAINT chat_status_known CHECK (status IN ('active', 'archived', 'closed'))
);

CREATE INDEX chat_list ON chat (tenant_id, project_id, created_at, id);
CREATE INDEX chat_list_of_type ON chat (tenant_id, project_id, chat_type, created_at, id);

ALTER TABLE chat ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON chat FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON chat TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE chat;
