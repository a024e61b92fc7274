"""Examples of `proto_events.contacts`: Ana's first message makes her a contact."""

from typing import Final

from proto_events.contacts import (
    AliasLink,
    ContactCreated,
    ContactDeleted,
    ContactEmailSet,
    ContactEnriched,
    ContactExternalIdSet,
    ContactInteractionRecorded,
    ContactLanguageChanged,
    ContactMerged,
    ContactNameChanged,
    ContactPhoneSet,
    ContactProfilePictureUpdated,
    ContactRestored,
    ContactSnapshot,
    ContactSourceChannelSet,
    ContactTagAdded,
    ContactTagRemoved,
    ContactTagsCleared,
    ContactTimezoneSet,
    ContactUnmerged,
    ContactUpdated,
)
from proto_events.examples.channels import FIRST_MESSAGE
from proto_events.examples.world import (
    ADMIN_USER,
    ANA,
    ANA_ASKED_AT,
    ANA_BY_LID,
    ANA_EMAIL,
    ANA_NAME,
    ANA_PHONE,
    ANA_PICTURE,
    BRUNO,
    BRUNO_EMAIL,
    BRUNO_NAME,
    BRUNO_PHONE,
    CARLA,
    CHANNEL,
    at,
)

EXAMPLES: Final = (
    ContactCreated(
        contact_id=ANA,
        name="Ana",
        phone=ANA_PHONE,
        email=ANA_EMAIL,
        source_channel=CHANNEL,
        addresses=FIRST_MESSAGE.party,
        created_at=at(12, 0, 1),
    ),
    ContactUpdated(
        contact_id=BRUNO,
        changed=["email"],
        name=BRUNO_NAME,
        phone=BRUNO_PHONE,
        email=BRUNO_EMAIL,
        updated_at=at(14, 30),
    ),
    ContactDeleted(contact_id=BRUNO, deleted_at=at(17, 5, days=3)),
    ContactRestored(contact_id=BRUNO, restored_at=at(11, 42, 8, days=10)),
    ContactNameChanged(
        contact_id=ANA, old_name="Ana", new_name=ANA_NAME, changed_by=str(ADMIN_USER)
    ),
    ContactEmailSet(contact_id=ANA, email=ANA_EMAIL, verified=False),
    ContactPhoneSet(contact_id=ANA, phone=ANA_PHONE, verified=True),
    ContactExternalIdSet(contact_id=BRUNO, external_id="CLI-00317", source="bling"),
    ContactSourceChannelSet(contact_id=ANA, source_channel=CHANNEL),
    ContactLanguageChanged(contact_id=BRUNO, old_language="en", new_language="pt-BR"),
    ContactTimezoneSet(contact_id=ANA, timezone="America/Sao_Paulo"),
    ContactProfilePictureUpdated(
        contact_id=ANA, profile_picture_url=ANA_PICTURE, fetched_at=at(12, 0, 4)
    ),
    ContactEnriched(
        contact_id=BRUNO,
        enrichment_source="crm_import",
        enriched_data={"company": "Padaria Lima", "city": "São Paulo", "employees": 12},
        enriched_at=at(15, 10),
    ),
    ContactTagAdded(contact_id=ANA, tag="mesa de jantar"),
    ContactTagRemoved(contact_id=ANA, tag="aguardando medidas"),
    ContactTagsCleared(contact_id=BRUNO, cleared_tags=["cliente antigo", "cadeiras"]),
    ContactMerged(
        primary_contact_id=ANA,
        merged_contact_ids=[ANA_BY_LID],
        merge_strategy="proof",
        merged_at=at(12, 0, 1),
    ),
    ContactUnmerged(contact_id=CARLA, former_primary_contact_id=BRUNO, unmerged_at=at(16, 20)),
    ContactSnapshot(
        contact_id=ANA_BY_LID,
        root_id=ANA,
        aliases=[AliasLink(node_id=ANA_BY_LID, root_id=ANA, version=1)],
        name="Ana",
        source_channel=CHANNEL,
        created_at=at(12, 0, 1),
        updated_at=at(12, 0, 1),
    ),
    ContactInteractionRecorded(
        contact_id=ANA_BY_LID,
        root_id=ANA,
        aliases=[AliasLink(node_id=ANA_BY_LID, root_id=ANA, version=1)],
        interaction_type="message",
        is_first_interaction=True,
        interacted_at=ANA_ASKED_AT,
        message=FIRST_MESSAGE,
    ),
)
