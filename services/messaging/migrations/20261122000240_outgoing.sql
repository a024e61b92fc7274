-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The copy of channels, as far as sending asks: versions only rise.
CREATE TABLE channel_ref (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL,
    active boolean NOT NULL,
    -- Types of content that its provider sends, and characters of a text; null: not told.
    sends text[],
    text_limit integer,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX channel_ref_project ON channel_ref (tenant_id, project_id);

-- The copy of contacts, as far as sending asks.
CREATE TABLE recipient (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL,
    phone text,
    deleted boolean NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Where a contact is written to. The table is as new as this index.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX chat_contact ON chat (tenant_id, contact_id, channel_id)
WHERE contact_id IS NOT NULL;

-- A message of ours on its way out. Once the provider has it, it is a message like any other, under
-- the same id; what it said is then kept there alone.
CREATE TABLE outgoing_message (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    source text NOT NULL,
    requested_by uuid NOT NULL,
    content jsonb,
    reply_to uuid,
    failure text,
    failure_reason text,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT outgoing_message_status CHECK (status IN ('queued', 'sent', 'failed')),
    CONSTRAINT outgoing_message_settled CHECK ((status = 'queued') = (settled_at IS NULL)),
    CONSTRAINT outgoing_message_said CHECK (content IS NOT NULL OR status = 'sent')
);
CREATE INDEX outgoing_message_project ON outgoing_message (tenant_id, project_id, id DESC);
CREATE INDEX outgoing_message_contact ON outgoing_message (
    tenant_id, project_id, contact_id, id DESC
);

ALTER TABLE channel_ref ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_ref FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON channel_ref FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON channel_ref TO messaging_app;

ALTER TABLE recipient ENABLE ROW LEVEL SECURITY;
ALTER TABLE recipient FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON recipient FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON recipient TO messaging_app;

ALTER TABLE outgoing_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE outgoing_message FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON outgoing_message FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON outgoing_message TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP INDEX chat_contact;
DROP TABLE outgoing_message, recipient, channel_ref;
