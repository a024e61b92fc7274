-- migrate:up
SET LOCAL lock_timeout = '5s';

ALTER TABLE mail VALIDATE CONSTRAINT mail_settled_without_text;

-- migrate:down
SELECT 1;  -- What was looked at cannot be unseen.
