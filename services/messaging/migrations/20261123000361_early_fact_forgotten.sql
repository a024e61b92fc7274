-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What is old is forgotten some rows at a time, by its key.
GRANT SELECT (tenant_id, event_id) ON early_fact TO messaging_system;

-- migrate:down
SET LOCAL lock_timeout = '5s';
REVOKE SELECT (tenant_id, event_id) ON early_fact FROM messaging_system;
