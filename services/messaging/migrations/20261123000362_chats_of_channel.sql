-- migrate:up transaction:false
-- The chats of one channel, of the many that a project may have. Alone in its file as PostgreSQL wants it.
-- squawk-ignore require-lock-timeout
CREATE INDEX CONCURRENTLY IF NOT EXISTS chat_list_of_channel
ON chat (tenant_id, project_id, channel_id, created_at, id);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS chat_list_of_channel;
