-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A person signed in on one device, to one project. Its refresh tokens are one family: they live
-- and end with it.
CREATE TABLE sign_in (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    project_id uuid NOT NULL,
    address text,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    -- When it ends unless it is used before; and however often it is used.
    idle_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id)
);
CREATE INDEX sign_in_of_user ON sign_in (tenant_id, user_id, id) WHERE ended_at IS NULL;
CREATE INDEX sign_in_ended ON sign_in (tenant_id, user_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sign_in_of_project ON sign_in (tenant_id, project_id);

-- Only the hash of a token is known here. `successor` is what it was exchanged for, sealed under a
-- key that is derived from the token itself.
CREATE TABLE refresh_token (
    tenant_id uuid NOT NULL,
    hash bytea NOT NULL,
    sign_in_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    successor bytea,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, sign_in_id) REFERENCES sign_in (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_token_of_sign_in ON refresh_token (tenant_id, sign_in_id, expires_at);

-- Access that was taken back while tokens of it may still be around: what a gateway has to know
-- when it starts. A row matters until the last of these tokens has expired.
CREATE TABLE revocation (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    what text NOT NULL CHECK (what IN ('sign_in', 'user', 'api_key')),
    id uuid NOT NULL,
    revoked_at timestamptz NOT NULL,
    matters_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, what, id)
);
CREATE INDEX revocation_matters ON revocation (matters_until, id);

ALTER TABLE sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sign_in FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE refresh_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_token FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON refresh_token FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE revocation ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON revocation FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY gateways ON revocation FOR SELECT TO identity_system USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in, refresh_token, revocation TO identity_app;
GRANT SELECT ON revocation TO identity_system;

-- migrate:down
DROP TABLE revocation, refresh_token, sign_in;
