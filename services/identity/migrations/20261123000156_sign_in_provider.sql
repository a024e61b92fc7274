-- migrate:up
SET LOCAL lock_timeout = '5s';

-- By which identity provider somebody came in; without one they proved a password here. The provider
-- may be gone before its sign-ins are, so that nothing refers to it.
ALTER TABLE sign_in ADD COLUMN provider_id uuid;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sign_in_of_provider ON sign_in (tenant_id, provider_id)
WHERE provider_id IS NOT NULL AND ended_at IS NULL;

-- migrate:down
ALTER TABLE sign_in DROP COLUMN provider_id;
