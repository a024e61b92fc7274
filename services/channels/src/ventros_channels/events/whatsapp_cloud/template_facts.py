"""What Meta posts of templates. Whatever it is, the account's templates are listed soon after."""

from datetime import timedelta
from typing import Final

from proto_events.templates import ChannelTemplateChanged
from ventros_channels.domain.waha.members import text
from ventros_channels.domain.whatsapp_cloud.post import Change
from ventros_channels.domain.whatsapp_cloud.templates import provider_id, reason
from ventros_channels.events.waha.fact import Fact, Stamp

TEMPLATE_FIELDS: Final = frozenset(
    {
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
    }
)
SOON: Final = timedelta(seconds=15)
"""After a post: posts come in bursts, and the listing follows what it posts a little later."""

_STATUSES: Final = {"REINSTATED": "APPROVED", "UNPAUSED": "APPROVED"}
_NO_STATUSES: Final = frozenset(
    {"FLAGGED", "LOCKED", "UNLOCKED", "ARCHIVED", "UNARCHIVED", "LIMIT_EXCEEDED"}
)
"""What may be sent does not change by these; what does is listed."""

_WORD: Final = 64
_MAX_NAME: Final = 512


def status(change: Change, stamp: Stamp) -> Fact | None:
    """`message_template_status_update`; a word that nobody knows is a status as well."""
    event = text(change.value, "event", limit=_WORD)
    if event is None or event in _NO_STATUSES:
        return None
    word = _STATUSES.get(event, event)
    why = reason(change.value, "reason") if word == "REJECTED" else None
    category = text(change.value, "message_template_category", limit=_WORD)
    return _fact(change, stamp, "status", status=word, rejected_reason=why, category=category)


def quality(change: Change, stamp: Stamp) -> Fact | None:
    """`message_template_quality_update`."""
    word = text(change.value, "new_quality_score", limit=_WORD)
    return None if word is None else _fact(change, stamp, "quality", quality=word)


def category(change: Change, stamp: Stamp) -> Fact | None:
    """`template_category_update`; that it will be another some day is only stored."""
    word = text(change.value, "new_category", limit=_WORD)
    return None if word is None else _fact(change, stamp, "category", category=word)


def _fact(change: Change, stamp: Stamp, what: str, **told: str | None) -> Fact | None:
    own = provider_id(change.value.get("message_template_id"))
    name = text(change.value, "message_template_name", limit=_MAX_NAME)
    language = text(change.value, "message_template_language", limit=_WORD)
    if own is None or name is None or language is None or change.account is None:
        return None
    at = change.at(change.value, stamp.received_at)
    event = ChannelTemplateChanged(
        channel_id=stamp.channel_id,
        account=change.account,
        provider_id=own,
        name=name,
        language=language.replace("-", "_"),
        changed_at=at,
        **told,
    )
    words = ":".join(word or "" for word in told.values())
    return Fact(event=event, key=f"{own}:{what}:{words}:{int(at.timestamp() * 1000)}", at=at)
