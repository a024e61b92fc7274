-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What a channel's machines do; null: nothing. Channels that machines work for are few, and storing
-- messages asks for them.
ALTER TABLE channel_ref
ADD COLUMN debounce_ms integer,
ADD COLUMN ai_processed text [];

-- Messages of such channels that nobody has looked at yet, a row for all of a bundle.
CREATE TABLE machine_queue (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    message_ids uuid [] NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE machine_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_queue FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON machine_queue FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY waiting ON machine_queue FOR SELECT TO messaging_system USING (true);

-- FOR UPDATE SKIP LOCKED asks for the right to change.
GRANT SELECT, INSERT, UPDATE, DELETE ON machine_queue TO messaging_app;
GRANT SELECT (tenant_id) ON machine_queue TO messaging_system;

-- Messages of one contact in quick succession. pending: more may join until `expires_at`.
-- processing: none joins, and its files are put into words until `expires_at`.
CREATE TABLE message_group (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    session_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    status text NOT NULL,
    message_ids uuid [] NOT NULL,
    started_at timestamptz NOT NULL,
    last_message_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    completed_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT message_group_status CHECK (
        status IN ('pending', 'processing', 'completed', 'expired')
    )
);
CREATE UNIQUE INDEX message_group_open ON message_group (
    tenant_id, session_id, channel_id, contact_id
) WHERE status = 'pending';
CREATE INDEX message_group_session ON message_group (tenant_id, project_id, session_id, id DESC);
CREATE INDEX message_group_due ON message_group (expires_at)
WHERE status IN ('pending', 'processing');

ALTER TABLE message_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_group FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_group FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY due ON message_group FOR SELECT TO messaging_system USING (true);

GRANT SELECT, INSERT, UPDATE ON message_group TO messaging_app;
GRANT SELECT (tenant_id, status, expires_at) ON message_group TO messaging_system;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE message_group, machine_queue;
ALTER TABLE channel_ref DROP COLUMN debounce_ms, DROP COLUMN ai_processed;
