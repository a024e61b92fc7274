-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What brought a contact, by the message that told it: one row for each such message.
CREATE TABLE tracking (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    message_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    source text NOT NULL CHECK (source IN ('meta_ads', 'referral')),
    platform text NOT NULL CHECK (platform IN ('instagram', 'facebook', 'whatsapp', 'other')),
    ad_id text,
    ad_url text,
    click_id text,
    conversion_source text,
    title text,
    body text,
    tracked_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id)
);

-- The pages of a contact, newest first.
CREATE INDEX tracking_of_contact ON tracking (tenant_id, contact_id, tracked_at DESC, id DESC);

ALTER TABLE tracking ENABLE ROW LEVEL SECURITY;
ALTER TABLE tracking FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tracking FOR ALL TO contacts_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON tracking TO contacts_app;

-- migrate:down
DROP TABLE tracking;
