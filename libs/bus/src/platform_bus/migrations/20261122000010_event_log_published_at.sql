-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A replay reads the log by time. Rows arrive in the order of time, so a few pages of index tell
-- where a quarter of an hour lies, and the relay pays next to nothing for them.
-- A partitioned table cannot be indexed concurrently. This kind of index is built in one pass over
-- a week of log; the relays wait meanwhile, at most as long as their statements may, and try again.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX event_log_published_at ON event_log USING brin (published_at);

-- migrate:down
DROP INDEX event_log_published_at;
