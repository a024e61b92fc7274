-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Since when a user's address is known to be theirs. Whoever is there already is taken for
-- confirmed, and whom a process of the version before makes: the rule is new. Only who signs up by
-- themselves is not, until they open a link.
ALTER TABLE user_account ADD COLUMN email_confirmed_at timestamptz DEFAULT now();

-- Links that confirm an address: once, within a day. Only the hash of a link is kept.
CREATE TABLE email_confirmation (
    tenant_id uuid NOT NULL,
    hash bytea NOT NULL,
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX email_confirmation_of_user ON email_confirmation (tenant_id, user_id);

ALTER TABLE email_confirmation ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_confirmation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON email_confirmation FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, DELETE ON email_confirmation TO identity_app;

-- migrate:down
DROP TABLE email_confirmation;
ALTER TABLE user_account DROP COLUMN email_confirmed_at;
