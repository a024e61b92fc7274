-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A program's way into one project. Of its secret only the SHA-256 is known here. A key stays when
-- whoever made it is disabled: a program must not stop because a person left.
CREATE TABLE api_key (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    scopes text [] NOT NULL CHECK (cardinality(scopes) > 0),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_by uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- Without one it does not expire.
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    last_used_address text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX api_key_of_project ON api_key (tenant_id, project_id, id);
-- A gateway knows nothing but the key's id.
CREATE UNIQUE INDEX api_key_id ON api_key (id);

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_key FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY gateways ON api_key FOR SELECT TO identity_system USING (true);

GRANT SELECT, INSERT ON api_key TO identity_app;
GRANT UPDATE (
    name, scopes, version, updated_at, revoked_at, last_used_at, last_used_address
) ON api_key TO identity_app;
GRANT SELECT (tenant_id, id) ON api_key TO identity_system;

-- migrate:down
DROP TABLE api_key;
