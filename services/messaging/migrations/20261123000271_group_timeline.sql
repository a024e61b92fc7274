-- migrate:up transaction:false
-- The timeline of a group, alone in its file as PostgreSQL wants it. Messages of contacts have no chat_id and cost this index nothing.
-- squawk-ignore require-lock-timeout
CREATE INDEX CONCURRENTLY IF NOT EXISTS message_chat_timeline
ON message (tenant_id, project_id, chat_id, occurred_at, ingress_seq, id)
WHERE chat_id IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS message_chat_timeline;
