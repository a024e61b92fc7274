-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A template of an account at a provider (a WABA of Meta's), which all channels of the account may
-- send. The words are the provider's. `form` is what it consists of, null until that was listed;
-- `told` is when each part of it was last told, so that news may come in any order (see
-- domain/template.py).
CREATE TABLE template (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    account text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    provider_id text,
    status text NOT NULL,
    rejected_reason text,
    category text,
    quality text,
    form jsonb,
    told jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT template_name_key UNIQUE (tenant_id, project_id, account, name, language)
);
CREATE INDEX template_list ON template (tenant_id, project_id, id);

ALTER TABLE template ENABLE ROW LEVEL SECURITY;
ALTER TABLE template FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON template FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON template TO messaging_app;

-- Of which account a channel is.
CREATE TABLE channel_account (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    project_id uuid NOT NULL,
    account text NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel_id)
);
CREATE INDEX channel_account_account ON channel_account (tenant_id, project_id, account);

ALTER TABLE channel_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_account FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON channel_account FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON channel_account TO messaging_app;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE channel_account, template;
