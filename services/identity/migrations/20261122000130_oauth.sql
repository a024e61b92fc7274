-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A program of somebody else that people of this tenant let in, or that acts for itself in one
-- project. Its id is its `client_id`. A deleted one stays: sign-ins that it had must never look
-- like a person's own.
CREATE TABLE application (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('confidential', 'public')),
    redirect_uris text [] NOT NULL,
    scopes text [] NOT NULL CHECK (cardinality(scopes) > 0),
    -- Where it acts for itself; without one it only acts for people.
    project_id uuid,
    enabled boolean NOT NULL DEFAULT true,
    created_by uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES user_account (tenant_id, id),
    -- Who cannot keep a secret cannot act for itself.
    CONSTRAINT application_acts_for_itself CHECK (project_id IS NULL OR kind = 'confidential')
);
-- A token is asked for with nothing but the client_id.
CREATE UNIQUE INDEX application_id ON application (id);
CREATE INDEX application_of_project ON application (tenant_id, project_id);

-- Of a secret only the SHA-256 is known here. Two are good while one is exchanged for the other.
CREATE TABLE application_secret (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES application (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX application_secret_of ON application_secret (tenant_id, application_id, id);

-- What a person has allowed an application to do, the last time that they were asked.
CREATE TABLE application_consent (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    user_id uuid NOT NULL,
    scopes text [] NOT NULL CHECK (cardinality(scopes) > 0),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT application_consent_once UNIQUE (tenant_id, user_id, application_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES application (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);

-- A person has said yes; the application exchanges this for tokens, once, within a minute. Its
-- sign-in is remembered: a code that comes a second time ends it. `password_mark` tells whether
-- the password is still the one of the moment of consent.
CREATE TABLE authorization_code (
    tenant_id uuid NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    application_id uuid NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    user_id uuid NOT NULL,
    project_id uuid NOT NULL,
    scopes text [] NOT NULL CHECK (cardinality(scopes) > 0),
    password_mark text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    sign_in_id uuid,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, application_id) REFERENCES application (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id)
);
CREATE INDEX authorization_code_expires ON authorization_code (tenant_id, expires_at);

-- A sign-in that an application has for a person, and what of the person's it may do.
-- The next migration looks through the rows that there are, with a lighter lock.
ALTER TABLE sign_in ADD COLUMN application_id uuid, ADD COLUMN scopes text [];
ALTER TABLE sign_in ADD CONSTRAINT sign_in_of_application
CHECK ((application_id IS NULL) = (scopes IS NULL)) NOT VALID;
ALTER TABLE sign_in ADD CONSTRAINT sign_in_application_fkey
FOREIGN KEY (tenant_id, application_id) REFERENCES application (tenant_id, id) NOT VALID;
-- There is no row of it yet; made while nobody waits for more than one look through the table.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sign_in_application ON sign_in (tenant_id, application_id)
WHERE application_id IS NOT NULL AND ended_at IS NULL;

ALTER TABLE application ENABLE ROW LEVEL SECURITY;
ALTER TABLE application FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON application FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY clients ON application FOR SELECT TO identity_system USING (true);

ALTER TABLE application_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON application_secret FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE application_consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_consent FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON application_consent FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE authorization_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE authorization_code FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON authorization_code FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT ON application TO identity_app;
GRANT UPDATE (
    name, redirect_uris, scopes, project_id, enabled, version, updated_at, deleted_at
) ON application TO identity_app;
GRANT SELECT (tenant_id, id) ON application TO identity_system;
GRANT SELECT, INSERT, DELETE ON application_secret TO identity_app;
GRANT UPDATE (last_used_at) ON application_secret TO identity_app;
GRANT SELECT, INSERT ON application_consent TO identity_app;
GRANT UPDATE (scopes, version, updated_at, withdrawn_at) ON application_consent TO identity_app;
GRANT SELECT, INSERT, DELETE ON authorization_code TO identity_app;
GRANT UPDATE (used_at, sign_in_id) ON authorization_code TO identity_app;

-- migrate:down
ALTER TABLE sign_in DROP COLUMN application_id, DROP COLUMN scopes;
DROP TABLE authorization_code, application_consent, application_secret, application;
