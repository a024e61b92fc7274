-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Files that somebody brought to a project, to be sent. `mimetype` is what the first bytes prove or,
-- where they prove nothing, what whoever brought it says. Once more is the same, from now on.
CREATE TABLE file_upload (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    file_id uuid NOT NULL,
    mimetype text NOT NULL,
    filename text,
    uploaded_by uuid NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, project_id, file_id),
    FOREIGN KEY (tenant_id, file_id) REFERENCES file (tenant_id, id)
);
CREATE INDEX file_upload_file_id ON file_upload (tenant_id, file_id);

ALTER TABLE file_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE file_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON file_upload FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON file_upload TO messaging_app;

-- migrate:down
DROP TABLE file_upload;
