-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A conversation of one person on one channel. `contact_id` is the node that it began with; the
-- person is the root of that node in contact_ref. Nothing that a message changes is indexed, so
-- that the update of a session that goes on stays in its page.
CREATE TABLE session (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL,
    contact_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    channel_type text NOT NULL,
    status text NOT NULL,
    end_reason text,
    started_at timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    ended_at timestamptz,
    timeout_seconds double precision NOT NULL,
    timeout_source text NOT NULL,
    inbound_messages integer NOT NULL,
    outbound_messages integer NOT NULL,
    first_message_at timestamptz,
    last_message_at timestamptz,
    first_contact_message_at timestamptz,
    first_agent_response_at timestamptz,
    merged_into uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT session_merged_into FOREIGN KEY (tenant_id, merged_into)
        REFERENCES session (tenant_id, id),
    CONSTRAINT session_status CHECK (status IN ('active', 'ended')),
    CONSTRAINT session_end_reason CHECK (end_reason IN (
        'inactivity_timeout', 'manual_close', 'contact_request', 'agent_close', 'system_close',
        'merged')),
    CONSTRAINT session_end CHECK (
        (status = 'ended') = (ended_at IS NOT NULL) AND (status = 'ended') = (end_reason IS NOT NULL)
    ),
    CONSTRAINT session_merged CHECK ((end_reason = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT session_timeout CHECK (timeout_seconds > 0),
    CONSTRAINT session_timeout_source CHECK (timeout_source IN ('channel', 'project', 'default')),
    CONSTRAINT session_counts CHECK (inbound_messages >= 0 AND outbound_messages >= 0)
) WITH (fillfactor = 80);

-- The lists, newest first: of a project, of its open sessions, of a channel, of a contact.
CREATE INDEX session_newest ON session (tenant_id, project_id, started_at DESC, id DESC);
CREATE INDEX session_newest_active ON session (tenant_id, project_id, started_at DESC, id DESC)
    WHERE status = 'active';
CREATE INDEX session_newest_of_channel
    ON session (tenant_id, project_id, channel_id, started_at DESC, id DESC);
CREATE INDEX session_newest_of_contact
    ON session (tenant_id, project_id, contact_id, started_at DESC, id DESC);
CREATE INDEX session_merged_into ON session (tenant_id, merged_into)
    WHERE merged_into IS NOT NULL;
-- Sessions that a message read late may bring back.
CREATE INDEX session_expired ON session (tenant_id, contact_id, channel_id, ended_at)
    WHERE end_reason = 'inactivity_timeout';
-- The one active session of a contact on a channel. It stands last: without statistics, PostgreSQL
-- takes the newest of indexes that seem to cost the same, and this is the one that every message
-- needs.
CREATE UNIQUE INDEX session_one_active ON session (tenant_id, contact_id, channel_id)
    WHERE status = 'active';

-- Copy of contacts: which nodes are one person.
CREATE TABLE contact_ref (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    root_id uuid,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX contact_ref_root ON contact_ref (tenant_id, root_id) WHERE root_id IS NOT NULL;

-- Copy of channels and projects: the timeout that they give to sessions, null for none of their
-- own. Sequence 0 stands for one that was met before its first event came.
CREATE TABLE timeout_setting (
    tenant_id uuid NOT NULL,
    scope text NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    sequence integer NOT NULL,
    minutes double precision,
    PRIMARY KEY (tenant_id, scope, id),
    CONSTRAINT timeout_setting_scope CHECK (scope IN ('channel', 'project')),
    CONSTRAINT timeout_setting_minutes CHECK (minutes > 0)
);

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE session FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON session FOR ALL TO sessions_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON session TO sessions_app;
-- The sweep looks for open sessions whose timer was lost, whoever they belong to.
CREATE POLICY sweep ON session FOR SELECT TO sessions_system USING (status = 'active');
GRANT SELECT ON session TO sessions_system;

ALTER TABLE contact_ref ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_ref FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_ref FOR ALL TO sessions_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON contact_ref TO sessions_app;

ALTER TABLE timeout_setting ENABLE ROW LEVEL SECURITY;
ALTER TABLE timeout_setting FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON timeout_setting FOR ALL TO sessions_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON timeout_setting TO sessions_app;

-- migrate:down
DROP TABLE timeout_setting, contact_ref, session;
