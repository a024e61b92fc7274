-- migrate:up
SET LOCAL lock_timeout = '5s';

-- What is to be published. `shard` is crc32 of the partition key mod 16.
CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    shard smallint NOT NULL,
    id uuid NOT NULL,
    exchange text NOT NULL,
    type text NOT NULL,
    envelope bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, seq)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE outbox ALTER COLUMN envelope SET STORAGE EXTERNAL;
CREATE INDEX outbox_seq ON outbox (seq);

-- What was published, kept for replay. One partition a day.
CREATE TABLE event_log (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    envelope bytea NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id, published_at)
) PARTITION BY RANGE (published_at);
CREATE TABLE event_log_rest PARTITION OF event_log DEFAULT;

-- Makes the partitions of today and of `ahead` days, drops those that ended before `keep` days.
CREATE FUNCTION keep_event_log(ahead integer, keep integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $function$
DECLARE
    day date;
    part text;
    old record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema()), 1001);
    FOR day IN
        SELECT generate_series(current_date, current_date + ahead, interval '1 day')::date
    LOOP
        part := format('event_log_%s', to_char(day, 'YYYYMMDD'));
        IF to_regclass(part) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF event_log FOR VALUES FROM (%L) TO (%L)',
                part, day::timestamptz, (day + 1)::timestamptz);
        END IF;
    END LOOP;
    FOR old IN
        SELECT c.relname AS name
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'event_log'::regclass AND c.relname ~ '^event_log_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - keep
    LOOP
        EXECUTE format('DROP TABLE %I', old.name);
    END LOOP;
END
$function$;

-- What was handled: the key of every consumer's idempotency.
CREATE TABLE inbox (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, consumer, event_id)
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);

-- What could not be handled yet (next_at) or will not be without a person (next_at is null).
CREATE TABLE deferred (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    envelope bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    next_at timestamptz,
    code text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, consumer, event_id)
);
CREATE INDEX deferred_next_at ON deferred (next_at);

CREATE TABLE bus_state (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    lanes smallint NOT NULL CHECK (lanes BETWEEN 1 AND 16),
    paused boolean NOT NULL DEFAULT false
);

CREATE TABLE lane_replica (
    consumer text NOT NULL,
    replica uuid NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    idle boolean NOT NULL DEFAULT false,
    PRIMARY KEY (consumer, replica)
);

CREATE TABLE lane_lease (
    consumer text NOT NULL,
    lane smallint NOT NULL,
    replica uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (consumer, lane)
);

DO $grants$
DECLARE
    app text := current_schema() || '_app';
    relay text := current_schema() || '_relay';
    system text := current_schema() || '_system';
    tenant text := '(tenant_id = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid))';
    name text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I, %I, %I', current_schema(), app, relay, system);
    FOREACH name IN ARRAY ARRAY['outbox', 'event_log', 'inbox', 'deferred'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I FOR ALL TO %I USING %s WITH CHECK %s',
                       name, app, tenant, tenant);
    END LOOP;

    EXECUTE format('GRANT SELECT, INSERT ON outbox TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON outbox TO %I', relay);
    EXECUTE format('CREATE POLICY relay ON outbox FOR ALL TO %I USING (true) WITH CHECK (true)', relay);

    EXECUTE format('GRANT SELECT ON event_log TO %I, %I', app, system);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON event_log TO %I', relay);
    EXECUTE format('CREATE POLICY relay ON event_log FOR ALL TO %I USING (true) WITH CHECK (true)', relay);
    EXECUTE format('CREATE POLICY replay ON event_log FOR SELECT TO %I USING (true)', system);
    EXECUTE format('REVOKE ALL ON FUNCTION keep_event_log FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION keep_event_log TO %I', relay);
    EXECUTE format('ALTER FUNCTION keep_event_log SET search_path = %I, pg_temp', current_schema());

    EXECUTE format('GRANT SELECT, INSERT ON inbox TO %I', app);
    EXECUTE format('GRANT SELECT, DELETE ON inbox TO %I', system);
    EXECUTE format('CREATE POLICY sweep ON inbox FOR ALL TO %I USING (true) WITH CHECK (true)', system);

    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON deferred TO %I, %I', app, system);
    EXECUTE format('CREATE POLICY retry ON deferred FOR ALL TO %I USING (true) WITH CHECK (true)', system);

    EXECUTE format('GRANT SELECT ON bus_state TO %I', relay);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON bus_state TO %I', system);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON lane_replica, lane_lease TO %I', system);
END
$grants$;

-- migrate:down
DROP TABLE lane_lease, lane_replica, bus_state, deferred, inbox, event_log, outbox;
DROP FUNCTION keep_event_log;
