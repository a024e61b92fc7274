-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A number (or account) of a company at a provider.
CREATE TABLE channel (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    name text NOT NULL,
    type text NOT NULL CHECK (type IN ('waha')),
    status text NOT NULL CHECK (status IN ('active', 'inactive')),
    external_id text NOT NULL,
    base_url text NOT NULL,
    session text NOT NULL,
    default_session_timeout_minutes double precision,
    webhook_id text NOT NULL,
    -- The version of the credential that webhooks are verified with: what ingress holds in memory
    -- counts only as long as this is unchanged.
    hmac_version integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX channel_webhook_id ON channel (webhook_id);
CREATE UNIQUE INDEX channel_external_id ON channel (tenant_id, project_id, type, external_id)
    WHERE deleted_at IS NULL;
CREATE INDEX channel_project ON channel (tenant_id, project_id, id DESC) WHERE deleted_at IS NULL;

-- A secret of a channel, sealed; `version` is part of what it is sealed with.
CREATE TABLE credential (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('webhook_hmac', 'waha_api_key')),
    version integer NOT NULL DEFAULT 1,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, channel_id, kind),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);

-- What providers posted, byte for byte. `seq` is the order of arrival over all channels.
-- No foreign key: it would lock the channel's row for every webhook, and the statement that
-- inserts reads the channel anyway.
CREATE SEQUENCE raw_event_seq AS bigint;
CREATE TABLE raw_event (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    provider_event_id text NOT NULL,
    id uuid NOT NULL,
    seq bigint NOT NULL,
    project_id uuid NOT NULL,
    event text NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, provider_event_id)
);
-- Replay reads a span of time; rows arrive in its order, so a few pages of index are enough.
CREATE INDEX raw_event_received_at ON raw_event USING brin (received_at);

-- Which messages were told already. The chat is left out: one message may be told under the phone
-- and under the hidden number of its sender.
CREATE TABLE provider_message (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    stanza text NOT NULL,
    from_me boolean NOT NULL,
    participant text NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel_id, stanza, from_me, participant)
);

ALTER TABLE channel ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON channel FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON channel TO channels_app;

ALTER TABLE credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON credential FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON credential TO channels_app;

ALTER TABLE raw_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE raw_event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON raw_event FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT ON raw_event TO channels_app;

ALTER TABLE provider_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_message FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON provider_message FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON provider_message TO channels_app;

-- Ingress has no tenant: it finds the channel by the address that was posted to, and stores what
-- came for many tenants in one statement. Replay reads what it stored.
CREATE POLICY ingress ON channel FOR SELECT TO channels_system USING (true);
GRANT SELECT ON channel TO channels_system;
-- The key ring's rotation re-wraps every tenant's secrets.
CREATE POLICY ingress ON credential FOR SELECT TO channels_system USING (true);
CREATE POLICY rewrap ON credential FOR UPDATE TO channels_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (sealed) ON credential TO channels_system;
CREATE POLICY ingress ON raw_event FOR INSERT TO channels_system WITH CHECK (true);
CREATE POLICY replay ON raw_event FOR SELECT TO channels_system USING (true);
GRANT SELECT, INSERT ON raw_event TO channels_system;
GRANT USAGE ON SEQUENCE raw_event_seq TO channels_system;
CREATE POLICY ingress ON outbox FOR INSERT TO channels_system WITH CHECK (true);
GRANT INSERT ON outbox TO channels_system;

-- migrate:down
REVOKE INSERT ON outbox FROM channels_system;
DROP POLICY ingress ON outbox;
DROP TABLE provider_message, raw_event, credential, channel;
DROP SEQUENCE raw_event_seq;
