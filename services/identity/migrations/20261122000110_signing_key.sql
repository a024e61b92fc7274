-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Keys that tokens are signed with. They are of no tenant. `kid` is the RFC 7638 thumbprint of the
-- public half; the private half is sealed. From `signs_at` on a key takes the place of the last.
CREATE TABLE signing_key (
    id uuid NOT NULL,
    kid text NOT NULL UNIQUE,
    private_key bytea NOT NULL,
    published_at timestamptz NOT NULL,
    signs_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT signing_key_published_first CHECK (published_at <= signs_at)
);

GRANT SELECT, INSERT, DELETE ON signing_key TO identity_system;
GRANT UPDATE (private_key, signs_at) ON signing_key TO identity_system;

-- migrate:down
DROP TABLE signing_key;
