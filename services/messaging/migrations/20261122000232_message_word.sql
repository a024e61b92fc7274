-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What a message is found by: the words of its text, without accents and case, beside its place in
-- the timeline. Rows of a b-tree, because under row-level security PostgreSQL uses an index only
-- with leakproof operators (decision 0006). The key is all there is: no row is ever changed.
CREATE TABLE message_word (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    word text NOT NULL COLLATE "C",
    occurred_at timestamptz NOT NULL,
    ingress_seq bigint NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, project_id, word, occurred_at, ingress_seq, message_id)
);

ALTER TABLE message_word ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_word FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_word FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, DELETE ON message_word TO messaging_app;

-- Messages whose words are still to be written, a row for all of a bundle: storing a message waits
-- for no index of its words.
CREATE TABLE word_queue (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    message_ids uuid [] NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

ALTER TABLE word_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE word_queue FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON word_queue FOR ALL TO messaging_app
USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY waiting ON word_queue FOR SELECT TO messaging_system USING (true);

-- FOR UPDATE SKIP LOCKED asks for the right to change.
GRANT SELECT, INSERT, UPDATE, DELETE ON word_queue TO messaging_app;
GRANT SELECT (tenant_id) ON word_queue TO messaging_system;

-- What was stored before there was a queue.
INSERT INTO word_queue (tenant_id, id, message_ids)
SELECT tenant_id, gen_random_uuid(), array_agg(id)
FROM (
    SELECT
        tenant_id,
        id,
        row_number() OVER (PARTITION BY tenant_id ORDER BY id) / 100 AS part
    FROM message
) AS numbered
GROUP BY tenant_id, part;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DROP TABLE word_queue, message_word;
