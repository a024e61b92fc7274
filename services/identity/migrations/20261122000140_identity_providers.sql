-- migrate:up
SET LOCAL lock_timeout = '5s';

-- An OpenID provider with which people of this tenant may sign in. The client secret is sealed. The
-- issuer never changes: the subjects in `external_identity` are names that it alone gives.
-- Without `new_user_role`, only people who are users already get in.
CREATE TABLE identity_provider (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret bytea NOT NULL,
    email_domains text[] NOT NULL,
    redirect_uris text[] NOT NULL,
    new_user_role text CHECK (new_user_role IN ('manager', 'user', 'readonly')),
    new_user_project_id uuid,
    new_user_project_role text CHECK (
        new_user_project_role IN ('admin', 'supervisor', 'agent', 'viewer')
    ),
    enabled boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT identity_provider_project FOREIGN KEY (tenant_id, new_user_project_id)
    REFERENCES project (tenant_id, id),
    CONSTRAINT identity_provider_project_role CHECK (
        (new_user_project_id IS NULL) = (new_user_project_role IS NULL)
        AND (new_user_role IS NOT NULL OR new_user_project_id IS NULL)
    )
);
-- Whoever signs in names the provider or an e-mail address, and no tenant is known yet.
CREATE UNIQUE INDEX identity_provider_id ON identity_provider (id);
CREATE INDEX identity_provider_domains ON identity_provider USING gin (email_domains)
WHERE enabled;

-- Who a provider's subject is here. It stays the same person whatever address they have there.
CREATE TABLE external_identity (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    provider_id uuid NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL,
    email text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT external_identity_subject UNIQUE (tenant_id, provider_id, subject),
    -- An address that the provider gave to somebody else does not open its former owner's account.
    CONSTRAINT external_identity_user UNIQUE (tenant_id, provider_id, user_id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_provider (tenant_id, id)
    ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX external_identity_of_user ON external_identity (tenant_id, user_id, id);

-- A sign-in that is under way at a provider. `sealed` opens with the flow's secret alone, which the
-- browser has and of which there is a hash here.
CREATE TABLE external_flow (
    tenant_id uuid NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    provider_id uuid NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_provider (tenant_id, id)
    ON DELETE CASCADE
);
CREATE INDEX external_flow_of_provider ON external_flow (tenant_id, provider_id, expires_at);

ALTER TABLE identity_provider ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_provider FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identity_provider FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY sign_in ON identity_provider FOR SELECT TO identity_system USING (enabled);

ALTER TABLE external_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON external_identity FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE external_flow ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_flow FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON external_flow FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE, DELETE ON identity_provider TO identity_app;
GRANT SELECT (tenant_id, id, name, email_domains, enabled) ON identity_provider TO identity_system;
GRANT SELECT, INSERT, DELETE ON external_identity TO identity_app;
GRANT UPDATE (email, last_used_at) ON external_identity TO identity_app;
GRANT SELECT, INSERT, DELETE ON external_flow TO identity_app;

-- migrate:down
DROP TABLE external_flow, external_identity, identity_provider;
