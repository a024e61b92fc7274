-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The copy of the alias forest, kept by platform_aliases: contacts that turned out to be one.
-- Only contacts that were ever joined have a row; root_id is null when one stands alone again.
CREATE TABLE contact_ref (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    root_id uuid,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contact_ref_not_its_own_root CHECK (root_id <> id)
);
CREATE INDEX contact_ref_root ON contact_ref (tenant_id, root_id) WHERE root_id IS NOT NULL;

ALTER TABLE contact_ref ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_ref FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_ref FOR ALL TO messaging_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON contact_ref TO messaging_app;

-- migrate:down
DROP TABLE contact_ref;
