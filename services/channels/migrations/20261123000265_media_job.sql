-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A file to be fetched from the provider, by the message that it belongs to. Settled ones are kept
-- for a while, so that a message that is told twice is fetched once. `wanted` is what the provider
-- said of it, as JSON. No foreign key, as at provider_message.
CREATE TABLE media_job (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    project_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    wanted bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    -- When it is due; while it is fetched, when the fetching counts as dead.
    next_at timestamptz NOT NULL DEFAULT now(),
    holder uuid,
    settled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX media_job_next_at ON media_job (next_at) WHERE settled_at IS NULL;
CREATE INDEX media_job_settled_at ON media_job (tenant_id, settled_at)
    WHERE settled_at IS NOT NULL;

ALTER TABLE media_job ENABLE ROW LEVEL SECURITY;
ALTER TABLE media_job FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON media_job FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON media_job TO channels_app;

-- The loop that fetches serves every tenant: it takes what is due, and works on each under its own
-- tenant.
CREATE POLICY fetching ON media_job FOR SELECT TO channels_system USING (true);
CREATE POLICY fetching_taken ON media_job FOR UPDATE TO channels_system
    USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (attempts, next_at, holder) ON media_job TO channels_system;

-- migrate:down
DROP TABLE media_job;
