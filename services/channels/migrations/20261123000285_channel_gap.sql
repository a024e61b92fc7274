-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Since when the connection is away, and when it came back; both are empty again once somebody has
-- seen to what may have been missed meanwhile.
ALTER TABLE channel ADD COLUMN away_since timestamptz;
ALTER TABLE channel ADD COLUMN back_at timestamptz;

-- Webhooks of messages in an hour: the rhythm that a channel usually has at that hour of the week.
-- No foreign key, as at provider_message.
CREATE TABLE channel_hour (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    messages bigint NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, hour)
);
CREATE INDEX channel_hour_hour ON channel_hour (hour);

-- When a channel was last heard, and when its provider was last asked whether it should have been.
-- `held_until`: somebody asks now. `counted_to`: webhooks until then are in channel_hour; where that
-- stood still for long nobody was there to take any, since `missed_since`.
CREATE TABLE channel_watch (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    heard_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    held_until timestamptz,
    counted_to timestamptz NOT NULL,
    missed_since timestamptz,
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);

-- A span of time of which webhooks may be missing. `found` messages the provider shows of it,
-- `fetched` of those nobody had told; `unread` chats could not be read, `refused` messages not
-- stored. Open until `closed_at`; whoever works on it moves `next_at` on.
CREATE TABLE channel_gap (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    cause text NOT NULL CHECK (cause IN ('returned', 'silent', 'operator')),
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    found_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    found bigint NOT NULL DEFAULT 0,
    fetched bigint NOT NULL DEFAULT 0,
    unread bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    reason text,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX channel_gap_channel ON channel_gap (tenant_id, channel_id, id DESC);
CREATE INDEX channel_gap_next_at ON channel_gap (next_at) WHERE closed_at IS NULL;
-- What the service finds by itself joins what is open already.
CREATE UNIQUE INDEX channel_gap_one ON channel_gap (tenant_id, channel_id)
    WHERE closed_at IS NULL AND cause <> 'operator';

ALTER TABLE channel_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON channel_hour FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE channel_watch ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_watch FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON channel_watch FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, UPDATE ON channel_watch TO channels_app;

ALTER TABLE channel_gap ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_gap FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON channel_gap FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON channel_gap TO channels_app;

-- The watch looks over every tenant's channels: it counts what was heard in one statement, and
-- finds who is silent and which gaps are due. It works on each under its own tenant.
CREATE POLICY watch ON channel_hour FOR ALL TO channels_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_hour TO channels_system;
CREATE POLICY watch ON channel_watch FOR ALL TO channels_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON channel_watch TO channels_system;
CREATE POLICY gaps ON channel_gap FOR SELECT TO channels_system USING (true);
CREATE POLICY gaps_take ON channel_gap FOR UPDATE TO channels_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (next_at, attempts) ON channel_gap TO channels_system;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE channel_gap, channel_watch, channel_hour;
ALTER TABLE channel DROP COLUMN back_at;
ALTER TABLE channel DROP COLUMN away_since;
