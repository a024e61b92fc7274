-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The picture that a contact shows, as a provider last told it. Beside the contact and not in it:
-- every message reads and writes the contact, and none needs this.
CREATE TABLE contact_profile_picture (
    tenant_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    url text NOT NULL,
    fetched_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, contact_id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id)
);

ALTER TABLE contact_profile_picture ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_profile_picture FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_profile_picture FOR ALL TO contacts_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON contact_profile_picture TO contacts_app;

-- migrate:down
DROP TABLE contact_profile_picture;
