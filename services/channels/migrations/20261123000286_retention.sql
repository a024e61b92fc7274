-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What is kept for a time goes by its age over all tenants. Rows of these two are never changed, so
-- they lie in the order of their age, and a few pages of index are enough.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX provider_fact_created_at ON provider_fact USING brin (created_at);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX provider_message_created_at ON provider_message USING brin (created_at);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX delivery_settled_at;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX delivery_settled_at ON delivery (settled_at) WHERE settled_at IS NOT NULL;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX media_job_settled_at;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX media_job_settled_at ON media_job (settled_at) WHERE settled_at IS NOT NULL;

-- The sweep sees no more of a row than what names it and how old it is, and whatever it is told, it
-- takes nothing of the last day.
CREATE POLICY sweep ON raw_event FOR DELETE TO channels_system
    USING (received_at < now() - interval '1 day');
GRANT DELETE ON raw_event TO channels_system;
CREATE POLICY sweep ON provider_fact FOR DELETE TO channels_system
    USING (created_at < now() - interval '1 day');
CREATE POLICY sweep_find ON provider_fact FOR SELECT TO channels_system USING (true);
GRANT SELECT, DELETE ON provider_fact TO channels_system;
CREATE POLICY sweep ON provider_message FOR DELETE TO channels_system
    USING (created_at < now() - interval '1 day');
CREATE POLICY sweep_find ON provider_message FOR SELECT TO channels_system USING (true);
GRANT SELECT, DELETE ON provider_message TO channels_system;
CREATE POLICY sweep ON delivery FOR DELETE TO channels_system USING (true);
CREATE POLICY sweep_find ON delivery FOR SELECT TO channels_system USING (true);
GRANT SELECT (tenant_id, id, settled_at), DELETE ON delivery TO channels_system;
CREATE POLICY sweep ON media_job FOR DELETE TO channels_system USING (true);
GRANT DELETE ON media_job TO channels_system;

-- migrate:down
SET LOCAL lock_timeout = '5s';
REVOKE DELETE ON media_job FROM channels_system;
DROP POLICY sweep ON media_job;
REVOKE SELECT (tenant_id, id, settled_at), DELETE ON delivery FROM channels_system;
DROP POLICY sweep_find ON delivery;
DROP POLICY sweep ON delivery;
REVOKE SELECT, DELETE ON provider_message FROM channels_system;
DROP POLICY sweep_find ON provider_message;
DROP POLICY sweep ON provider_message;
REVOKE SELECT, DELETE ON provider_fact FROM channels_system;
DROP POLICY sweep_find ON provider_fact;
DROP POLICY sweep ON provider_fact;
REVOKE DELETE ON raw_event FROM channels_system;
DROP POLICY sweep ON raw_event;
DROP INDEX media_job_settled_at;
CREATE INDEX media_job_settled_at ON media_job (tenant_id, settled_at)
    WHERE settled_at IS NOT NULL;
DROP INDEX delivery_settled_at;
CREATE INDEX delivery_settled_at ON delivery (tenant_id, settled_at) WHERE settled_at IS NOT NULL;
DROP INDEX provider_message_created_at;
DROP INDEX provider_fact_created_at;
