-- migrate:up transaction:false
-- Chats that are archived or closed are few among those that are not, which need no index of their own.
-- squawk-ignore require-lock-timeout
CREATE INDEX CONCURRENTLY IF NOT EXISTS chat_list_put_away
ON chat (tenant_id, project_id, status, created_at, id) WHERE status <> 'active';

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS chat_list_put_away;
