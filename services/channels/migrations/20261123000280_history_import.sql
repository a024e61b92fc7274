-- migrate:up
SET LOCAL lock_timeout = '5s';

-- An import of what a provider kept of a channel's chats, written in [since, until]. Messages are
-- counted by what became of them: `left_out` are of no person and no group that is recorded.
-- `touched_at`: when work on it was last seen. No foreign key to channel, as at provider_message.
CREATE TABLE history_import (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    strategy text NOT NULL CHECK (strategy IN ('all', 'new_only')),
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    chat_limit integer,
    status text NOT NULL CHECK (
        status IN ('requested', 'running', 'completed', 'failed', 'cancelled')
    ),
    reason text,
    chats_total integer,
    chats_done integer NOT NULL DEFAULT 0,
    stored bigint NOT NULL DEFAULT 0,
    known bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    left_out bigint NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    touched_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX history_import_one ON history_import (tenant_id, channel_id)
    WHERE status IN ('requested', 'running');
CREATE INDEX history_import_channel ON history_import (tenant_id, channel_id, id DESC);
CREATE INDEX history_import_touched_at ON history_import (touched_at)
    WHERE status IN ('requested', 'running');

-- How far an import is in each chat: `taken` messages, newest first. A chat that cannot be read is
-- tried again behind the others; `failing_since` is when it last stopped being readable.
CREATE TABLE history_import_chat (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    chat text NOT NULL,
    place integer NOT NULL,
    taken integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    done boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, import_id, chat),
    FOREIGN KEY (tenant_id, import_id) REFERENCES history_import (tenant_id, id)
);
CREATE INDEX history_import_chat_next ON history_import_chat (tenant_id, import_id, attempts, place)
    WHERE NOT done;

-- What could not be imported, and why: a message, or with no message a whole chat.
CREATE TABLE history_import_failure (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    import_id uuid NOT NULL,
    chat text NOT NULL,
    provider_message_id text,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, import_id) REFERENCES history_import (tenant_id, id)
);
CREATE INDEX history_import_failure_import ON history_import_failure (tenant_id, import_id, id);

ALTER TABLE history_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE history_import FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON history_import FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON history_import TO channels_app;

ALTER TABLE history_import_chat ENABLE ROW LEVEL SECURITY;
ALTER TABLE history_import_chat FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON history_import_chat FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON history_import_chat TO channels_app;

ALTER TABLE history_import_failure ENABLE ROW LEVEL SECURITY;
ALTER TABLE history_import_failure FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON history_import_failure FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON history_import_failure TO channels_app;

-- What is imported has its place in the order of arrival as well.
GRANT USAGE ON SEQUENCE raw_event_seq TO channels_app;

-- The net under the workflows looks for imports of all tenants that nobody works on.
CREATE POLICY sweep ON history_import FOR SELECT TO channels_system USING (true);
GRANT SELECT ON history_import TO channels_system;

-- migrate:down
REVOKE USAGE ON SEQUENCE raw_event_seq FROM channels_app;
DROP TABLE history_import_failure, history_import_chat, history_import;
