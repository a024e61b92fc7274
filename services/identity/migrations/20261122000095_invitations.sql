-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Somebody was asked by mail to become a user. The token of the link is kept as its SHA-256.
CREATE TABLE invitation (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    email text NOT NULL CHECK (email = lower(email)),
    role text NOT NULL CHECK (role IN ('admin', 'manager', 'user', 'readonly')),
    project_id uuid,
    project_role text CHECK (project_role IN ('admin', 'supervisor', 'agent', 'viewer')),
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    invited_by uuid NOT NULL,
    -- Where the inviting user was at work: the events of the acceptance name it.
    invited_in uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    CONSTRAINT invitation_role_of_a_project CHECK ((project_id IS NULL) = (project_role IS NULL)),
    CONSTRAINT invitation_settled_once CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);
-- One open invitation an address: a new one takes the place of the last.
CREATE UNIQUE INDEX invitation_open ON invitation (tenant_id, email)
WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX invitation_token ON invitation (tenant_id, token_hash);

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON invitation FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON invitation TO identity_app;
GRANT UPDATE (accepted_at, revoked_at) ON invitation TO identity_app;

-- migrate:down
DROP TABLE invitation;
