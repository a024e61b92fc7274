-- migrate:up transaction:false
-- Many may wait for one channel that is away: what is due is found beside them. Alone in its file as PostgreSQL wants it.
-- squawk-ignore require-lock-timeout
CREATE INDEX CONCURRENTLY IF NOT EXISTS provider_action_due ON provider_action (next_at);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS provider_action_due;
