-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Links that set a new password: once, within half an hour. Only the hash of a link is kept.
CREATE TABLE password_reset (
    tenant_id uuid NOT NULL,
    hash bytea NOT NULL,
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX password_reset_of_user ON password_reset (tenant_id, user_id);

ALTER TABLE password_reset ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_reset FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON password_reset FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, DELETE ON password_reset TO identity_app;

-- migrate:down
DROP TABLE password_reset;
