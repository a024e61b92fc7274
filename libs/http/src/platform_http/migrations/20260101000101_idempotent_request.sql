-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Answers to requests that carried an Idempotency-Key, kept for a day. Neither the key nor the
-- answer can be read here: `fingerprint` is a hash, and the answer is sealed under the key itself.
CREATE TABLE idempotent_request (
    tenant_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    request bytea NOT NULL,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, fingerprint)
);
CREATE INDEX idempotent_request_created_at ON idempotent_request (tenant_id, created_at);

DO $grants$
DECLARE
    app text := current_schema() || '_app';
    tenant text := '(tenant_id = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid))';
BEGIN
    ALTER TABLE idempotent_request ENABLE ROW LEVEL SECURITY;
    ALTER TABLE idempotent_request FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY tenant ON idempotent_request FOR ALL TO %I USING %s WITH CHECK %s',
                   app, tenant, tenant);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON idempotent_request TO %I', app);
END
$grants$;

-- migrate:down
DROP TABLE idempotent_request;
