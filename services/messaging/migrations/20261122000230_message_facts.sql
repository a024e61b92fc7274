-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What becomes of a message after it was stored. One row has all of it that a page shows, so that a
-- page reads no other table: a message has few reactions and votes, one of each person at most.
-- sent_at and delivered_at stay null while the first status says them (see domain/progress.py).
ALTER TABLE message
ADD COLUMN sent_at timestamptz,
ADD COLUMN delivered_at timestamptz,
ADD COLUMN read_at timestamptz,
ADD COLUMN played_at timestamptz,
ADD COLUMN failure jsonb,
ADD COLUMN edited_at timestamptz,
ADD COLUMN revocation jsonb,
ADD COLUMN reactions jsonb,
ADD COLUMN votes jsonb;

-- An acknowledgement changes no indexed column; room on the page keeps the indexes out of it.
ALTER TABLE message SET (fillfactor = 90);

GRANT UPDATE ON message TO messaging_app;

-- What a message said, once it was edited: the first wording and all later ones, in the order of
-- written_at. The message itself has the latest.
CREATE TABLE message_version (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    written_at timestamptz NOT NULL,
    -- Of an edit; the first wording has that of its message. Times are in whole seconds at WAHA.
    ingress_seq bigint NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (tenant_id, message_id, written_at, ingress_seq),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id)
);

ALTER TABLE message_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_version FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_version FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT ON message_version TO messaging_app;

-- Where messages of a channel and what is told of them meet. Who stores messages holds the row
-- shared; who finds no message to a fact changes it before looking once more. So of two transactions
-- at the same time the second one waits for the first, and sees it. `kept` rises with each change:
-- who reads another number than in its own snapshot looks again.
CREATE TABLE message_gate (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    kept bigint NOT NULL,
    PRIMARY KEY (tenant_id, channel_id)
);

ALTER TABLE message_gate ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_gate FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_gate FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON message_gate TO messaging_app;

-- What was told of messages that are not here yet, as it came.
CREATE TABLE early_fact (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    stanza text NOT NULL,
    envelope bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX early_fact_message ON early_fact (tenant_id, channel_id, stanza);
CREATE INDEX early_fact_age ON early_fact USING brin (kept_at);

ALTER TABLE early_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE early_fact FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON early_fact FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY sweep_select ON early_fact FOR SELECT TO messaging_system USING (true);
CREATE POLICY sweep_delete ON early_fact FOR DELETE TO messaging_system USING (true);

GRANT SELECT, INSERT, DELETE ON early_fact TO messaging_app;
GRANT SELECT (kept_at), DELETE ON early_fact TO messaging_system;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE early_fact, message_gate, message_version;
REVOKE UPDATE ON message FROM messaging_app;
ALTER TABLE message RESET (fillfactor);
ALTER TABLE message
DROP COLUMN sent_at,
DROP COLUMN delivered_at,
DROP COLUMN read_at,
DROP COLUMN played_at,
DROP COLUMN failure,
DROP COLUMN edited_at,
DROP COLUMN revocation,
DROP COLUMN reactions,
DROP COLUMN votes;
