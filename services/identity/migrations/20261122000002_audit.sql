-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Every change of who may do what: appended, never changed, by nobody.
CREATE TABLE audit_entry (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id),
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'application', 'system')),
    actor_id uuid,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id uuid,
    project_id uuid,
    request_id text,
    address text,
    user_agent text,
    before jsonb,
    after jsonb,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_entry_target ON audit_entry (tenant_id, target_id, id);
CREATE INDEX audit_entry_actor ON audit_entry (tenant_id, actor_id, id);
CREATE INDEX audit_entry_action ON audit_entry (tenant_id, action, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'insufficient_privilege';
END
$function$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_entry FOR ALL TO identity_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON audit_entry TO identity_app;

-- migrate:down
DROP TABLE audit_entry;
DROP FUNCTION refuse_change;
