-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The lock of a key and, once it is had, what was answered to it before: one round trip. The
-- function is volatile, so its second statement sees what was committed when the first had ended;
-- as one statement it would look with eyes of before the lock.
CREATE FUNCTION enter_idempotent_request(
    of_tenant uuid, of_fingerprint bytea, lock_key bigint, kept_for interval,
    OUT is_locked boolean, OUT request bytea, OUT answer bytea
) LANGUAGE plpgsql VOLATILE AS $function$
BEGIN
    is_locked := pg_try_advisory_xact_lock(lock_key);
    IF is_locked THEN
        SELECT known.request, known.answer INTO request, answer
        FROM idempotent_request AS known
        WHERE known.tenant_id = of_tenant AND known.fingerprint = of_fingerprint
            AND known.created_at > now() - kept_for;
    END IF;
END
$function$;

-- migrate:down
DROP FUNCTION enter_idempotent_request(uuid, bytea, bigint, interval);
