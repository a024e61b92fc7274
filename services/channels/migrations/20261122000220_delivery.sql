-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A channel's way out: who works on it now, until when, and when there is something to do again.
-- One row per channel that ever sent; one worker at a time, so that a number sends one message
-- after the other. A holder that is gone does not renew `held_until`, and another takes over.
CREATE TABLE sender (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    due_at timestamptz,
    turn_at timestamptz NOT NULL DEFAULT now(),
    holder uuid,
    held_until timestamptz,
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX sender_due_at ON sender (due_at) WHERE due_at IS NOT NULL;

-- A message on its way out, by messaging's own id. `requested` is the event that asked for it.
-- queued: to be sent. claimed: the provider is being called, or was when its worker died.
-- unknown: it may have been sent, and the provider's history is asked. sent, failed: settled.
CREATE TABLE delivery (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    requested bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    -- Where to, as the provider confirmed it, and the id that it reserved for this message.
    chat text,
    reserved text,
    claimed_at timestamptz,
    -- What the provider knows it by.
    stanza text,
    failure text,
    settled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id),
    CONSTRAINT delivery_state_known CHECK (
        state IN ('queued', 'claimed', 'unknown', 'sent', 'failed')
    ),
    CONSTRAINT delivery_settled CHECK ((state IN ('sent', 'failed')) = (settled_at IS NOT NULL))
);
-- The first open one of each contact is what may be sent next.
CREATE INDEX delivery_open ON delivery (tenant_id, channel_id, contact_id, seq)
    WHERE state IN ('queued', 'claimed', 'unknown');
CREATE INDEX delivery_reserved ON delivery (tenant_id, channel_id, reserved)
    WHERE reserved IS NOT NULL;
CREATE INDEX delivery_settled_at ON delivery (tenant_id, settled_at) WHERE settled_at IS NOT NULL;

-- A telling of a message of ours that came while a call was open whose id is not known yet: it is
-- told when the call has ended and left it alone, or at `until`.
CREATE TABLE held_telling (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    stanza text NOT NULL,
    participant text NOT NULL,
    message_id uuid NOT NULL,
    until timestamptz NOT NULL,
    event_id uuid NOT NULL,
    shard smallint NOT NULL,
    exchange text NOT NULL,
    type text NOT NULL,
    envelope bytea NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, channel_id, stanza, participant)
);

-- Seen, typing and a pause before a message: what providers advise against being taken for spam.
ALTER TABLE channel ADD COLUMN pacing boolean NOT NULL DEFAULT true;

ALTER TABLE sender ENABLE ROW LEVEL SECURITY;
ALTER TABLE sender FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sender FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON sender TO channels_app;

ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON delivery FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery TO channels_app;

ALTER TABLE held_telling ENABLE ROW LEVEL SECURITY;
ALTER TABLE held_telling FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON held_telling FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, DELETE ON held_telling TO channels_app;

-- The delivery loop serves every tenant: it finds the channels that have something to do, and
-- works on each under its own tenant.
CREATE POLICY delivery ON sender FOR SELECT TO channels_system USING (true);
CREATE POLICY delivery_turn ON sender FOR UPDATE TO channels_system
    USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (turn_at, holder, held_until) ON sender TO channels_system;
-- A message that is told when it is sent takes its place in the order of arrival.
GRANT USAGE ON SEQUENCE raw_event_seq TO channels_app;

-- migrate:down
REVOKE USAGE ON SEQUENCE raw_event_seq FROM channels_app;
ALTER TABLE channel DROP COLUMN pacing;
DROP TABLE held_telling, delivery, sender;
