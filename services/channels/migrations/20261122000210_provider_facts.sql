-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Which facts of a provider were told already: of which type, and what names them among those.
-- No foreign key, as at provider_message.
CREATE TABLE provider_fact (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel_id, type, key)
);

ALTER TABLE channel ADD COLUMN allow_groups boolean NOT NULL DEFAULT false;
-- The provider's latest word on the connection, in its own spelling, and its time of it.
ALTER TABLE channel ADD COLUMN connection_status text;
ALTER TABLE channel ADD COLUMN connection_changed_at timestamptz;

ALTER TABLE provider_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_fact FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON provider_fact FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON provider_fact TO channels_app;

-- migrate:down
ALTER TABLE channel DROP COLUMN connection_changed_at;
ALTER TABLE channel DROP COLUMN connection_status;
ALTER TABLE channel DROP COLUMN allow_groups;
DROP TABLE provider_fact;
