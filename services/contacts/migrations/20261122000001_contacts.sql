-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A node of the identity graph. Every message moves its last interaction: room is left in the
-- pages and no index has those columns, so that the row is updated in place.
CREATE TABLE contact (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    name text,
    name_source text CHECK (name_source IN ('person', 'push')),
    email text,
    phone text,
    external_id text,
    source_channel uuid,
    language text,
    timezone text,
    tags text [] NOT NULL DEFAULT '{}',
    first_interaction_at timestamptz,
    last_interaction_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((name IS NULL) = (name_source IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX contact_newest ON contact (tenant_id, project_id, created_at DESC, id DESC)
WHERE deleted_at IS NULL;

-- What a contact is recognised by; one contact has it. `value` is in the form that matches: a
-- phone in E.164 with the ninth digit, addresses of the provider as they were received.
CREATE TABLE contact_identity (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('phone', 'jid', 'lid', 'bsuid', 'email', 'external_id')),
    value text NOT NULL COLLATE "C",
    contact_id uuid NOT NULL,
    verified boolean NOT NULL,
    source text NOT NULL CHECK (source IN ('provider', 'api')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, project_id, kind, value),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id)
);
CREATE INDEX contact_identity_contact ON contact_identity (tenant_id, contact_id);

-- Edges of the forest of contacts that turned out to be one. A contact without a row was never
-- joined; an edge that was undone has no root and a higher version.
CREATE TABLE contact_alias (
    tenant_id uuid NOT NULL,
    node_id uuid NOT NULL,
    project_id uuid NOT NULL,
    root_id uuid,
    version integer NOT NULL,
    strategy text NOT NULL CHECK (strategy IN ('proof', 'manual')),
    merged_at timestamptz NOT NULL,
    undone_at timestamptz,
    PRIMARY KEY (tenant_id, node_id),
    FOREIGN KEY (tenant_id, node_id) REFERENCES contact (tenant_id, id),
    FOREIGN KEY (tenant_id, root_id) REFERENCES contact (tenant_id, id),
    CHECK (root_id <> node_id),
    CHECK ((root_id IS NULL) = (undone_at IS NOT NULL))
);
CREATE INDEX contact_alias_root ON contact_alias (tenant_id, root_id) WHERE root_id IS NOT NULL;

-- Pairs that a person took apart, the smaller id first: no proof joins them again.
CREATE TABLE contact_refusal (
    tenant_id uuid NOT NULL,
    one_id uuid NOT NULL,
    other_id uuid NOT NULL,
    refused_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, one_id, other_id),
    FOREIGN KEY (tenant_id, one_id) REFERENCES contact (tenant_id, id),
    FOREIGN KEY (tenant_id, other_id) REFERENCES contact (tenant_id, id),
    CHECK (one_id < other_id)
);
CREATE INDEX contact_refusal_other ON contact_refusal (tenant_id, other_id);

-- What a contact is found by: the words of its name, without accents and case, and its tags.
-- A table and not a full-text or trigram index, because under row-level security PostgreSQL uses
-- an index only with leakproof operators: those of b-trees are, `@@`, `@>` and LIKE are not.
CREATE TABLE contact_term (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('word', 'tag')),
    term text NOT NULL COLLATE "C",
    contact_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, project_id, kind, term, contact_id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id)
);
CREATE INDEX contact_term_contact ON contact_term (tenant_id, contact_id);

ALTER TABLE contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact FOR ALL TO contacts_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE contact_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_identity FOR ALL TO contacts_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE contact_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_alias FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_alias FOR ALL TO contacts_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE contact_refusal ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_refusal FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_refusal FOR ALL TO contacts_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

ALTER TABLE contact_term ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_term FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_term FOR ALL TO contacts_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON contact, contact_alias TO contacts_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_identity TO contacts_app;
GRANT SELECT, INSERT, DELETE ON contact_refusal, contact_term TO contacts_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE contact_term, contact_refusal, contact_alias, contact_identity, contact;
