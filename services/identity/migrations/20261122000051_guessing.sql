-- migrate:up
SET LOCAL lock_timeout = '5s';

-- How often something was tried that can be guessed. No tenant is known then, and nothing that can
-- be read is kept: `key` is a hash of what is counted.
CREATE TABLE guess_counter (
    key bytea NOT NULL,
    failures double precision NOT NULL DEFAULT 0,
    counted_at timestamptz NOT NULL DEFAULT now(),
    blocked_until timestamptz,
    forget_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
    PRIMARY KEY (key)
);
CREATE INDEX guess_counter_forget_at ON guess_counter (forget_at);

-- Devices that have signed in with an address before, both as hashes.
CREATE TABLE known_device (
    hash bytea NOT NULL,
    email_hash bytea NOT NULL,
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (hash)
);
CREATE INDEX known_device_of_email ON known_device (email_hash, last_used_at);
CREATE INDEX known_device_last_used_at ON known_device (last_used_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON guess_counter, known_device TO identity_system;

-- migrate:down
DROP TABLE known_device, guess_counter;
