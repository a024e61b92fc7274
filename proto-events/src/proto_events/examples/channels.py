"""Examples of `proto_events.channels`: the shop connects its WhatsApp number, and Ana writes."""

from datetime import timedelta
from typing import Final

from proto_events.channels import (
    ChannelActivated,
    ChannelActivationFailed,
    ChannelActivationRequested,
    ChannelConnectionChanged,
    ChannelCreated,
    ChannelDeactivated,
    ChannelDeleted,
    ChannelHistoryImportCompleted,
    ChannelHistoryImportEnabled,
    ChannelHistoryImportFailed,
    ChannelHistoryImportRequested,
    ChannelHistoryImportStarted,
    ChannelLabelDeleted,
    ChannelLabelUpserted,
    ChannelMessageReceived,
    ChannelPipelineAssociated,
    ChannelPipelineDisassociated,
    ChannelUpdated,
    HistoryImportStats,
)
from proto_events.conversation import AdReferral, ChatMessage, Content, PartyIdentity
from proto_events.examples.world import (
    AD_ID,
    AD_URL,
    AGENT,
    ANA_ASKED_AT,
    ANA_LID,
    ANA_PHONE,
    CHANNEL,
    CTWA_CLICK_ID,
    HISTORY_IMPORT,
    LABEL_ID,
    MESSAGE,
    PIPELINE,
    SHOP_NUMBER,
    WAHA_SESSION,
    at,
)

FIRST_MESSAGE: Final = ChatMessage(
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
"""It answers no other message, so it has no `reply_to`."""

EXAMPLES: Final = (
    ChannelCreated(
        channel_id=CHANNEL,
        name="WhatsApp da loja",
        type="waha",
        status="active",
        external_id=SHOP_NUMBER,
        default_session_timeout_minutes=30.0,
        created_at=at(11),
    ),
    ChannelUpdated(
        channel_id=CHANNEL,
        name="WhatsApp Vila Mariana",
        type="waha",
        status="active",
        external_id=SHOP_NUMBER,
        default_session_timeout_minutes=45.0,
        updated_at=at(18, 20),
    ),
    ChannelDeleted(channel_id=CHANNEL, deleted_at=at(18, 30, days=300)),
    ChannelMessageReceived(message=FIRST_MESSAGE),
    ChannelActivationRequested(channel_id=CHANNEL, channel_type="waha", requested_at=at(11, 1)),
    ChannelActivated(channel_id=CHANNEL, activated_at=at(11, 4, 30)),
    ChannelActivationFailed(
        channel_id=CHANNEL,
        reason="The QR code was not scanned in time.",
        failed_at=at(11, 3),
    ),
    ChannelDeactivated(channel_id=CHANNEL, deactivated_at=at(18, 0, days=299)),
    ChannelConnectionChanged(
        channel_id=CHANNEL,
        provider_session=WAHA_SESSION,
        status="SCAN_QR_CODE",
        qr_code="2@bW92ZWlzLWF1cm9yYQ,ZXhlbXBsbw,bWVzYS1kZS1qYW50YXI,1",
        message="Scan the code with the phone of the number.",
        changed_at=at(11, 3, 40),
    ),
    ChannelPipelineAssociated(channel_id=CHANNEL, pipeline_id=PIPELINE, associated_at=at(11, 20)),
    ChannelPipelineDisassociated(
        channel_id=CHANNEL, pipeline_id=PIPELINE, disassociated_at=at(17, 0, days=120)
    ),
    ChannelLabelUpserted(
        channel_id=CHANNEL,
        label_id=LABEL_ID,
        label_name="Aguardando medidas",
        upserted_at=at(11, 25),
    ),
    ChannelLabelDeleted(channel_id=CHANNEL, label_id=LABEL_ID, deleted_at=at(17, 10, days=60)),
    ChannelHistoryImportEnabled(channel_id=CHANNEL, agent_id=AGENT, enabled_at=at(11, 30)),
    ChannelHistoryImportRequested(
        channel_id=CHANNEL,
        channel_type="waha",
        correlation_id=HISTORY_IMPORT,
        strategy="all",
        time_range_days=90,
        limit=500,
        requested_at=at(11, 30, 5),
    ),
    ChannelHistoryImportStarted(channel_id=CHANNEL, started_at=at(11, 30, 6)),
    ChannelHistoryImportCompleted(
        channel_id=CHANNEL,
        stats=HistoryImportStats(
            total=1840,
            processed=1836,
            failed=4,
            started_at=at(11, 30, 6),
            ended_at=at(11, 38, 41),
        ),
        completed_at=at(11, 38, 41),
    ),
    ChannelHistoryImportFailed(
        channel_id=CHANNEL,
        reason="WAHA lost the connection to the phone.",
        failed_at=at(11, 34, 12),
    ),
)
