-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Whether somebody wants marketing of a channel, as its provider told it last, by each address.
CREATE TABLE marketing_preference (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    address text NOT NULL,
    wanted boolean NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, address)
);
ALTER TABLE marketing_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketing_preference FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON marketing_preference FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON marketing_preference TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE marketing_preference;
