-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A message of ours goes to a contact or into a group. Nobody else reads this table.
-- squawk-ignore ban-drop-not-null
ALTER TABLE outgoing_message ALTER COLUMN contact_id DROP NOT NULL;
ALTER TABLE outgoing_message ADD COLUMN chat_id uuid;
ALTER TABLE outgoing_message
ADD CONSTRAINT outgoing_message_of CHECK ((contact_id IS NULL) = (chat_id IS NOT NULL)) NOT VALID;

-- Whether the channel records groups and sends into them; null: not told.
ALTER TABLE channel_ref ADD COLUMN groups boolean;

-- migrate:down
SET LOCAL lock_timeout = '5s';
ALTER TABLE channel_ref DROP COLUMN groups;
DELETE FROM outgoing_message WHERE chat_id IS NOT NULL;
ALTER TABLE outgoing_message DROP CONSTRAINT outgoing_message_of;
ALTER TABLE outgoing_message
DROP COLUMN chat_id,
ALTER COLUMN contact_id SET NOT NULL;
