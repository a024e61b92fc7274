-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A business-scoped user id that became another one: what is sent to the old one goes to the new.
CREATE TABLE user_id_change (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    previous text NOT NULL,
    current text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, previous),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);

ALTER TABLE user_id_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_id_change FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON user_id_change FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON user_id_change TO channels_app;

-- migrate:down
DROP TABLE user_id_change;
