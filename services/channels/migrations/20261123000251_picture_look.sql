-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Whose profile picture is to be asked for, and when. Due times of one channel lie apart, so that
-- a number asks slowly, however many write at once. Null: asked, and nothing is due.
CREATE TABLE picture_look (
    tenant_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    project_id uuid NOT NULL,
    chat text NOT NULL,
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    asked_at timestamptz,
    PRIMARY KEY (tenant_id, contact_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX picture_look_due_at ON picture_look (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX picture_look_channel ON picture_look (tenant_id, channel_id, due_at)
WHERE due_at IS NOT NULL;

ALTER TABLE picture_look ENABLE ROW LEVEL SECURITY;
ALTER TABLE picture_look FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON picture_look FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON picture_look TO channels_app;

-- The loop that asks serves every tenant: it finds who is due, and asks under their own tenant.
CREATE POLICY look ON picture_look FOR SELECT TO channels_system USING (true);
CREATE POLICY look_take ON picture_look FOR UPDATE TO channels_system
    USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (due_at, attempts) ON picture_look TO channels_system;

-- migrate:down
DROP TABLE picture_look;
