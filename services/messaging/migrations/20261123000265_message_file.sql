-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A content that a tenant has, once, wherever it was sent. It lies in the store under its tenant
-- and its SHA-256; `mimetype` is what its first bytes prove.
CREATE TABLE file (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    mimetype text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT file_content UNIQUE (tenant_id, sha256)
);

-- What became of the file of a message; without a row it is on its way. No foreign key to the
-- message: the file may be here first.
CREATE TABLE message_file (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    project_id uuid NOT NULL,
    file_id uuid,
    filename text,
    loss text,
    settled_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, file_id) REFERENCES file (tenant_id, id),
    CONSTRAINT message_file_stored_or_lost CHECK ((file_id IS NULL) <> (loss IS NULL))
);
CREATE INDEX message_file_file_id ON message_file (tenant_id, file_id) WHERE file_id IS NOT NULL;

ALTER TABLE file ENABLE ROW LEVEL SECURITY;
ALTER TABLE file FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON file FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON file TO messaging_app;

ALTER TABLE message_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_file FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_file FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON message_file TO messaging_app;

-- migrate:down
DROP TABLE message_file;
DROP TABLE file;
