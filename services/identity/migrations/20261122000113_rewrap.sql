-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Rotation of the key ring re-wraps the secrets of every tenant: the sealed column and no other.
CREATE POLICY rewrap_read ON second_factor FOR SELECT TO identity_system USING (true);
CREATE POLICY rewrap ON second_factor FOR UPDATE TO identity_system USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, user_id, secret) ON second_factor TO identity_system;
GRANT UPDATE (secret) ON second_factor TO identity_system;

-- migrate:down
REVOKE UPDATE (secret) ON second_factor FROM identity_system;
REVOKE SELECT (tenant_id, user_id, secret) ON second_factor FROM identity_system;
DROP POLICY rewrap ON second_factor;
DROP POLICY rewrap_read ON second_factor;
