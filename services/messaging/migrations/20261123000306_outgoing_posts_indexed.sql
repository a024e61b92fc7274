-- migrate:up transaction:false
-- What waits for a group, and what became of it, newest first.
-- squawk-ignore require-lock-timeout
CREATE INDEX CONCURRENTLY IF NOT EXISTS outgoing_message_chat ON outgoing_message (
    tenant_id, project_id, chat_id, id DESC
) WHERE chat_id IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS outgoing_message_chat;
