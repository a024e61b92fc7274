"""The small company that the examples tell of: its ids, its people, its days.

Móveis Aurora sells furniture in São Paulo. On 2 March 2026 Ana asks on WhatsApp for a table.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID


def an_id(number: int) -> UUID:
    """A UUIDv7 of the company's first day, told apart by its last digits."""
    return UUID(f"019cabd8-3800-7000-8000-{number:012x}")


def at(hour: int, minute: int = 0, second: int = 0, *, days: int = 0) -> datetime:
    """A time on 2 March 2026 in UTC, or `days` later."""
    return datetime(2026, 3, 2, hour, minute, second, tzinfo=UTC) + timedelta(days=days)


TENANT: Final = an_id(0x1)
PROJECT: Final = an_id(0x2)
BILLING_ACCOUNT: Final = an_id(0x3)

# Who works there.
ADMIN_USER: Final = an_id(0x11)
AGENT: Final = an_id(0x12)
OTHER_AGENT: Final = an_id(0x13)

# Where customers write.
CHANNEL: Final = an_id(0x21)
PIPELINE: Final = an_id(0x31)
STATUS_NEW: Final = an_id(0x32)
STATUS_QUOTED: Final = an_id(0x33)

# Who writes.
ANA: Final = an_id(0x41)
ANA_NAME: Final = "Ana Souza"
ANA_PHONE: Final = "+5511900000041"
BRUNO: Final = an_id(0x42)
BRUNO_NAME: Final = "Bruno Lima"
BRUNO_PHONE: Final = "+5511900000042"

# What they said.
SESSION: Final = an_id(0x51)
OTHER_SESSION: Final = an_id(0x52)
MESSAGE: Final = an_id(0x61)
OTHER_MESSAGE: Final = an_id(0x62)
OTHER_STANZA: Final = "3EB0D7F2A9B84C61E0A2"

# contacts: what the shop knows of its customers.
ANA_BY_LID: Final = an_id(0x43)
"""The node of Ana's hidden address at WhatsApp, joined to her phone's."""
ANA_LID: Final = "71000000000041@lid"
ANA_EMAIL: Final = "ana.souza@example.com"
ANA_PICTURE: Final = "https://media.example.com/profile/ana-souza.jpg"
BRUNO_EMAIL: Final = "bruno.lima@example.com"
CARLA: Final = an_id(0x44)
"""Bruno's wife, whom somebody took for him."""
PIPELINE_NAME: Final = "Vendas da loja"
STATUS_NEW_NAME: Final = "Novo"
STATUS_QUOTED_NAME: Final = "Orçamento enviado"
STATUS_SOLD: Final = an_id(0x34)
STATUS_SOLD_NAME: Final = "Vendido"
TABLES_LIST: Final = an_id(0x35)
"""The dynamic list of those who asked for a dining table."""
FILTER_RULE: Final = an_id(0x36)
REGULARS_LIST: Final = an_id(0x37)
"""The static list of regular customers."""
NOTE: Final = an_id(0x45)
TRACKING: Final = an_id(0x46)
CONTACT_EVENT: Final = an_id(0x47)
LOGGED_EVENT: Final = an_id(0x48)
AGENT_NAME: Final = "Marina Costa"
ANA_ASKED_AT: Final = at(12)
"""When Ana's first message was sent: 9 in the morning in São Paulo."""
AD_ID: Final = "120210000000000041"
AD_URL: Final = "https://ads.example.com/mesas-de-jantar"
CTWA_CLICK_ID: Final = "ARAa7mesaAurora2026Qx41"

# automation: what the shop lets happen by itself.
RULE: Final = an_id(0xA01)
"""Reminds the seller of a customer who waits for an answer."""
OTHER_RULE: Final = an_id(0xA02)
"""Writes again to customers who left an offer unanswered."""
BROADCAST: Final = an_id(0xA11)
"""The March offers; it was sent."""
OTHER_BROADCAST: Final = an_id(0xA12)
"""Word of a closed shop on a holiday; it was called off."""
FAILED_BROADCAST: Final = an_id(0xA13)
CAMPAIGN: Final = an_id(0xA21)
CAMPAIGN_STEP: Final = an_id(0xA22)
OTHER_CAMPAIGN_STEP: Final = an_id(0xA23)
ANA_IN_CAMPAIGN: Final = an_id(0xA24)
BRUNO_IN_CAMPAIGN: Final = an_id(0xA25)
SEQUENCE: Final = an_id(0xA31)
"""Three messages after an offer, until the customer answers."""
SEQUENCE_STEP: Final = an_id(0xA32)
ANA_IN_SEQUENCE: Final = an_id(0xA33)
BRUNO_IN_SEQUENCE: Final = an_id(0xA34)
WEBHOOK_SUBSCRIPTION: Final = an_id(0xA41)
"""Tells the shop's stock system of what happens on the board."""
WEBHOOK_DELIVERY: Final = an_id(0xA42)
DELIVERED_EVENT: Final = an_id(0xA43)

# billing: what the shop pays for its CRM.
BILLING_NAME: Final = "Móveis Aurora Ltda."
BILLING_EMAIL: Final = "financeiro@aurora.example.com"
STRIPE_CUSTOMER: Final = "cus_U4kQ8sWn2LhVxR"
SUBSCRIPTION: Final = an_id(0xB01)
STRIPE_SUBSCRIPTION: Final = "sub_1T6ZqBKx7mVd4RnQ"
STRIPE_PRICE: Final = "price_1T5MhYKx7mVd4RnQ"
"""297 reais a month."""
STRIPE_LARGER_PRICE: Final = "price_1T5MjcKx7mVd4RnQ"
TRIAL_END: Final = at(12, days=14)
"""The first 14 days are free; a paid month begins."""
PERIOD_END: Final = at(12, days=45)
"""16 April: the end of the first paid month."""
INVOICE: Final = an_id(0xB11)
STRIPE_INVOICE: Final = "in_1TBdsLKx7mVd4RnQ"
UNPAID_INVOICE: Final = an_id(0xB12)
MISTAKEN_INVOICE: Final = an_id(0xB13)
METER: Final = an_id(0xB21)
METRIC: Final = "messages_sent"

# identity: who belongs to the project.
PROJECT_MEMBER: Final = an_id(0x14)
SIGN_IN: Final = an_id(0x15)
API_KEY: Final = an_id(0x16)
APPLICATION: Final = an_id(0x17)
APPLICATION_SECRET: Final = an_id(0x18)

# channels: the shop's number, and the keys to it.
CHANNEL_TYPE: Final = an_id(0x22)
WAHA_CREDENTIAL: Final = an_id(0x23)
META_CREDENTIAL: Final = an_id(0x24)
HISTORY_IMPORT: Final = an_id(0x25)
GAP: Final = an_id(0x26)
SHOP_NUMBER: Final = "5511900000021"
WAHA_SESSION: Final = "moveis-aurora"
LABEL_ID: Final = "10"
GROUP_ADDRESS: Final = "120363000000000041@g.us"
"""A group in which a driver tells customers when he comes."""

# sessions: who looks after them.
AGENT_EMAIL: Final = "marina.costa@example.com"
AGENT_SESSION: Final = an_id(0x53)
SESSION_BY_PHONE: Final = an_id(0x54)
"""The session that Ana's phone had, before it was known to be hers."""

# messaging: what else Ana and the shop sent, and where.
UNDELIVERED_MESSAGE: Final = an_id(0x6B)
GROUP_POST: Final = an_id(0x74)
"""What the shop says to the group."""
PHOTO: Final = an_id(0x63)
VIDEO: Final = an_id(0x64)
AUDIO: Final = an_id(0x65)
VOICE: Final = an_id(0x66)
MESSAGE_GROUP: Final = an_id(0x67)
LATE_MESSAGE_GROUP: Final = an_id(0x68)
ANA_CHAT: Final = an_id(0x69)
GROUP_CHAT: Final = an_id(0x6A)
"""The WhatsApp group in which Ana and Marina plan the furniture of a common room."""
