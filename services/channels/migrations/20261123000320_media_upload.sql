-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A file of ours that a provider keeps for a channel, and the id that it is sent by.
CREATE TABLE media_upload (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    -- In lower-case hexadecimal.
    sha256 text NOT NULL,
    mimetype text NOT NULL,
    media_id text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel_id, sha256, mimetype),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX media_upload_uploaded_at ON media_upload (uploaded_at);

ALTER TABLE media_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE media_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON media_upload FOR ALL TO channels_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON media_upload TO channels_app;

-- The sweep sees no more of a row than what names it and how old it is, and whatever it is told, it
-- takes nothing of the last day.
CREATE POLICY sweep ON media_upload FOR DELETE TO channels_system
    USING (uploaded_at < now() - interval '1 day');
CREATE POLICY sweep_find ON media_upload FOR SELECT TO channels_system USING (true);
GRANT SELECT (tenant_id, channel_id, sha256, mimetype, uploaded_at), DELETE
ON media_upload TO channels_system;

-- migrate:down
DROP TABLE media_upload;
