-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Something that is to be done to a message or a chat at the provider. Each may be done twice with
-- the effect of once, so whoever takes one moves `next_at` on, and a call that was lost is made
-- again. What is done to one chat is done in the order of asking.
-- Few wait at any time: the loop walks all of them.
CREATE TABLE provider_action (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    chat text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    requested bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX provider_action_chat ON provider_action (tenant_id, channel_id, chat, seq);

ALTER TABLE provider_action ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_action FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON provider_action FOR ALL TO channels_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_action TO channels_app;

-- The loop serves every tenant.
CREATE POLICY acting ON provider_action FOR SELECT TO channels_system USING (true);
CREATE POLICY acting_taken ON provider_action FOR UPDATE TO channels_system
USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (attempts, next_at) ON provider_action TO channels_system;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE provider_action;
