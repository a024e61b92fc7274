"""Examples of `proto_events.contacts`: Ana's first message makes her a contact."""

from datetime import timedelta
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
    ContactSourceChannelSet,
    ContactTagAdded,
    ContactTagRemoved,
    ContactTagsCleared,
    ContactTimezoneSet,
    ContactUnmerged,
    ContactUpdated,
)
from proto_events.conversation import AdReferral, ChatMessage, Content, PartyIdentity
from proto_events.examples.world import (
    AD_ID,
    AD_URL,
    ADMIN_USER,
    ANA,
    ANA_ASKED_AT,
    ANA_BY_LID,
    ANA_EMAIL,
    ANA_LID,
    ANA_NAME,
    ANA_PHONE,
    ANA_PICTURE,
    BRUNO,
    BRUNO_EMAIL,
    BRUNO_NAME,
    BRUNO_PHONE,
    CARLA,
    CHANNEL,
    CTWA_CLICK_ID,
    MESSAGE,
    at,
)

_FIRST_MESSAGE: Final = ChatMessage(
    id=MESSAGE,
    channel_id=CHANNEL,
    channel_type="waha",
    provider_message_id=f"false_{ANA_LID}_3EB0C431C26A1916E0A1",
    stanza="3EB0C431C26A1916E0A1",
    chat=ANA_LID,
    from_me=False,
    party=[
        PartyIdentity(kind="lid", value=ANA_LID),
        PartyIdentity(kind="phone", value=ANA_PHONE),
    ],
    push_name="Ana",
    source="app",
    occurred_at=ANA_ASKED_AT,
    received_at=ANA_ASKED_AT + timedelta(seconds=1),
    ingress_seq=4101,
    content=Content(type="text", text="Bom dia! A mesa de jantar do anúncio tem em 1,80 m?"),
    referral=AdReferral(
        source_type="ad",
        source_id=AD_ID,
        source_url=AD_URL,
        source_app="instagram",
        title="Mesas de jantar em madeira maciça",
        body="Entrega em São Paulo em até 10 dias.",
        ctwa_click_id=CTWA_CLICK_ID,
        conversion_source="ctwa_ad",
    ),
)

EXAMPLES: Final = (
    ContactCreated(
        contact_id=ANA,
        name="Ana",
        phone=ANA_PHONE,
        email=ANA_EMAIL,
        source_channel=CHANNEL,
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
    ContactInteractionRecorded(
        contact_id=ANA_BY_LID,
        root_id=ANA,
        aliases=[AliasLink(node_id=ANA_BY_LID, root_id=ANA, version=1)],
        interaction_type="message",
        is_first_interaction=True,
        interacted_at=ANA_ASKED_AT,
        message=_FIRST_MESSAGE,
    ),
)
