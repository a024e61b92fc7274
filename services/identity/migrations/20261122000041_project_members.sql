-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Who works in a project, and as what. Admins and managers of the tenant need no row here.
CREATE TABLE project_member (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'supervisor', 'agent', 'viewer')),
    invited_by uuid,
    invited_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT project_member_once UNIQUE (tenant_id, project_id, user_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    CONSTRAINT project_member_user FOREIGN KEY (tenant_id, user_id)
    REFERENCES user_account (tenant_id, id)
);
-- Sign-in asks which projects a user may enter.
CREATE INDEX project_member_user ON project_member (tenant_id, user_id, project_id);

ALTER TABLE project_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_member FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON project_member FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON project_member TO identity_app;

-- migrate:down
DROP TABLE project_member;
