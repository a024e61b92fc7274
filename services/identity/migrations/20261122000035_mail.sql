-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Mail to people: written in the transaction of what it tells of, sent after the commit.
-- `due_at` is when it is to be tried, or tried again when a claim was lost; null once it is settled.
-- The text can hold a link that lets its reader in: it is gone as soon as the mail is settled.
CREATE TABLE mail (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz DEFAULT now(),
    sent_at timestamptz,
    given_up_at timestamptz,
    failure text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT mail_settled_once CHECK (
        (due_at IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)
        AND (due_at IS NOT NULL OR body IS NULL)
    )
);
-- The loop sends over all tenants, what is due first; the sweep takes what is old.
CREATE INDEX mail_due ON mail (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_settled ON mail (created_at) WHERE due_at IS NULL;

ALTER TABLE mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE mail FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON mail FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY due ON mail FOR SELECT TO identity_system USING (true);
CREATE POLICY record ON mail FOR UPDATE TO identity_system USING (true) WITH CHECK (true);
CREATE POLICY sweep ON mail FOR DELETE TO identity_system USING (true);

GRANT SELECT, INSERT ON mail TO identity_app;
GRANT SELECT, DELETE ON mail TO identity_system;
GRANT UPDATE (body, attempts, due_at, sent_at, given_up_at, failure) ON mail TO identity_system;

-- migrate:down
DROP TABLE mail;
