-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Messages go out to groups too: whom one is for is then the chat's id, and what is sent into one
-- group keeps its order as what is sent to one contact does.
COMMENT ON COLUMN delivery.contact_id IS 'The contact, or the chat of a group.';

-- A telling of a message of ours in a group is remembered as a fact of the provider when it is told
-- in the end: `fact` is its type then, and `fact_key` what makes it one.
ALTER TABLE held_telling
ADD COLUMN fact text,
ADD COLUMN fact_key text;
ALTER TABLE held_telling
ADD CONSTRAINT held_telling_fact CHECK ((fact IS NULL) = (fact_key IS NULL)) NOT VALID;

-- migrate:down
SET LOCAL lock_timeout = '5s';
DELETE FROM held_telling WHERE fact IS NOT NULL;
ALTER TABLE held_telling DROP CONSTRAINT held_telling_fact;
ALTER TABLE held_telling
DROP COLUMN fact,
DROP COLUMN fact_key;
COMMENT ON COLUMN delivery.contact_id IS NULL;
