-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A message, once per (channel, stanza, from_me), whatever happens upstream.
-- contact_id is the contact's node: a merge of contacts rewrites nothing here.
-- content is the whole of what was said, as the Struct of its type; content_type repeats its tag
-- to filter by it, and the check keeps the two together.
CREATE TABLE message (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    session_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    channel_type text NOT NULL,
    from_me boolean NOT NULL,
    provider_message_id text NOT NULL,
    stanza text NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    content_type text NOT NULL,
    content jsonb NOT NULL,
    quote_stanza text,
    quote_text text,
    referral jsonb,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    ingress_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    -- The stanza stands before from_me: a quote names the stanza and not who wrote it.
    CONSTRAINT message_stanza_key UNIQUE (tenant_id, channel_id, stanza, from_me),
    CONSTRAINT message_status_known CHECK (
        status IN ('queued', 'sent', 'delivered', 'read', 'played', 'failed')
    ),
    CONSTRAINT message_source_known CHECK (
        source IN (
            'manual', 'broadcast', 'sequence', 'trigger', 'bot', 'system', 'webhook', 'scheduled',
            'test', 'history_import'
        )
    ),
    CONSTRAINT message_content_type_known CHECK (
        content_type IN (
            'text', 'image', 'video', 'audio', 'voice', 'document', 'location', 'contact',
            'sticker', 'system', 'reaction', 'poll', 'interactive'
        )
    ),
    CONSTRAINT message_content_of_its_type CHECK (content ->> 'type' = content_type)
);

-- The two timelines. The project stands in front, so that a question with another project's id
-- reads nothing instead of filtering a whole conversation away.
CREATE INDEX message_session_timeline
    ON message (tenant_id, project_id, session_id, occurred_at, ingress_seq, id);
CREATE INDEX message_contact_timeline
    ON message (tenant_id, project_id, contact_id, occurred_at, ingress_seq, id);

ALTER TABLE message ENABLE ROW LEVEL SECURITY;
ALTER TABLE message FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message FOR ALL TO messaging_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

-- A message is stored and read; nothing on this path changes or deletes one.
GRANT SELECT, INSERT ON message TO messaging_app;

-- migrate:down
DROP TABLE message;
