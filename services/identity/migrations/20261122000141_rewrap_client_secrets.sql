-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Rotation of the key ring re-wraps the client secrets of every tenant's providers.
CREATE POLICY rewrap_read ON identity_provider FOR SELECT TO identity_system USING (true);
CREATE POLICY rewrap ON identity_provider FOR UPDATE TO identity_system
USING (true) WITH CHECK (true);
GRANT SELECT (client_secret) ON identity_provider TO identity_system;
GRANT UPDATE (client_secret) ON identity_provider TO identity_system;

-- migrate:down
REVOKE UPDATE (client_secret) ON identity_provider FROM identity_system;
REVOKE SELECT (client_secret) ON identity_provider FROM identity_system;
DROP POLICY rewrap ON identity_provider;
DROP POLICY rewrap_read ON identity_provider;
