-- migrate:up
SET LOCAL lock_timeout = '5s';

-- When the templates of a channel's account are to be listed: soon after news of them, else once a
-- day. Null: not any more.
CREATE TABLE template_listing (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    project_id uuid NOT NULL,
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    listed_at timestamptz,
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX template_listing_due_at ON template_listing (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE template_listing ENABLE ROW LEVEL SECURITY;
ALTER TABLE template_listing FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON template_listing FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON template_listing TO channels_app;

-- The loop that lists serves every tenant: it finds what is due, and lists under its own tenant.
CREATE POLICY listing ON template_listing FOR SELECT TO channels_system USING (true);
CREATE POLICY listing_take ON template_listing FOR UPDATE TO channels_system
    USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (due_at, attempts) ON template_listing TO channels_system;

-- migrate:down
DROP TABLE template_listing;
