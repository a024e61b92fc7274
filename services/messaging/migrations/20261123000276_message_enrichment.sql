-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A file of a message to be put into words. pending: its file is waited for, and once it is there
-- (requested_at) a worker. processing: somebody reads it.
CREATE TABLE message_enrichment (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    message_id uuid NOT NULL,
    message_group_id uuid,
    contact_id uuid NOT NULL,
    session_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    content_type text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    provider text,
    model text,
    text text,
    error text,
    processing_ms integer,
    created_at timestamptz NOT NULL,
    requested_at timestamptz,
    processed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT message_enrichment_message UNIQUE (tenant_id, message_id),
    CONSTRAINT message_enrichment_status CHECK (
        status IN ('pending', 'processing', 'completed', 'failed')
    ),
    CONSTRAINT message_enrichment_ended CHECK (
        (status IN ('completed', 'failed')) = (processed_at IS NOT NULL)
    )
);
CREATE INDEX message_enrichment_group ON message_enrichment (tenant_id, message_group_id)
WHERE status IN ('pending', 'processing');
CREATE INDEX message_enrichment_waiting ON message_enrichment (created_at)
WHERE status IN ('pending', 'processing');

ALTER TABLE message_enrichment ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_enrichment FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_enrichment FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY waiting ON message_enrichment FOR SELECT TO messaging_system USING (true);
GRANT SELECT, INSERT, UPDATE ON message_enrichment TO messaging_app;
GRANT SELECT (
    tenant_id, message_id, status, created_at, requested_at
) ON message_enrichment TO messaging_system;

-- Where the files of messages are, of channels that machines work for, while that matters. No
-- sha256: the file is lost.
CREATE TABLE enrichment_file (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    sha256 text,
    mimetype text,
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX enrichment_file_told ON enrichment_file USING brin (told_at);

ALTER TABLE enrichment_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrichment_file FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON enrichment_file FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY old ON enrichment_file FOR SELECT TO messaging_system USING (true);
CREATE POLICY forget ON enrichment_file FOR DELETE TO messaging_system USING (true);
GRANT SELECT, INSERT, UPDATE ON enrichment_file TO messaging_app;
GRANT SELECT (told_at), DELETE ON enrichment_file TO messaging_system;

-- What a tenant asked the provider in a month.
CREATE TABLE ai_budget (
    tenant_id uuid NOT NULL,
    month date NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, month)
);
ALTER TABLE ai_budget ENABLE ROW LEVEL SECURITY;
ALTER TABLE ai_budget FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ai_budget FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON ai_budget TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE ai_budget, enrichment_file, message_enrichment;
