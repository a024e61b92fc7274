-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Which sessions went into which. Messages keep the session that they were recorded in: they may
-- still be on their way when this is told.
CREATE TABLE session_merge (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    into_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX session_merge_into ON session_merge (tenant_id, into_id);

ALTER TABLE session_merge ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_merge FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON session_merge FOR ALL TO messaging_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON session_merge TO messaging_app;

-- migrate:down
DROP TABLE session_merge;
