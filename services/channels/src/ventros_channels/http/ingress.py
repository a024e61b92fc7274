"""From a posted webhook to a stored one, or to the reason why not."""

import hmac
import re
from collections.abc import Sequence

import msgspec

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from platform_core.ids import new_id
from platform_crypto import Vault, verify
from platform_http import RequestError
from platform_http.process import Part
from platform_postgres import Database
from ventros_channels.commands.store_webhooks import store_webhooks
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.head import Head
from ventros_channels.events.publish import type_of_event
from ventros_channels.events.raw_types import RAW_KINDS
from ventros_channels.http.gather import Gather
from ventros_channels.http.targets import Target, Targets
from ventros_channels.store.webhooks import Posted

_WEBHOOK_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")
_ATTEMPTS = 5
_DETAILS = {
    "not_json": "The body is not JSON in UTF-8.",
    "not_an_object": "The body is not a JSON object.",
    "event_missing": "The body does not say which event it is.",
}


class WebhookNotFound(NotFound):
    """No active channel has this webhook id."""

    code = "webhook_not_found"


class SignatureInvalid(Unauthenticated):
    """The HMAC of the raw body under the channel's key is another."""

    code = "webhook_signature_invalid"


class VerificationRefused(Forbidden):
    """The token is another than the channel's."""

    code = "webhook_verification_refused"


class Signatures(msgspec.Struct, frozen=True):
    """What a post was signed with: hex of HMAC-SHA512 by WAHA, `sha256=` and hex by Meta."""

    waha: str = ""
    meta: str = ""

    def fit(self, target: Target, body: bytes) -> bool:
        """Whether the one that the channel's provider makes fits the body."""
        if target.frame.provider == "waha":
            return verify(target.hmac_key, body, self.waha, "sha512")
        prefix, _, given = self.meta.partition("=")
        return prefix == "sha256" and verify(target.hmac_key, body, given, "sha256")


class Ingress:
    """Answers in the order unknown, unsigned, unreadable, stored. It never confirms what it has
    not stored."""

    def __init__(self, database: Database, vault: Vault, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        self._targets = Targets(database, vault)
        self._storing: Gather[Posted, bool] = Gather("webhook_store", self._store)

    @property
    def parts(self) -> list[Part]:
        """The loops behind it, to be supervised by the process."""
        return [self._targets.look_up, self._storing]

    async def receive(self, webhook_id: str, body: bytes, signatures: Signatures) -> None:
        """Return when the body is stored, now or before.

        Raises:
            WebhookNotFound, SignatureInvalid: 404, 401.
            RequestError: 400, what is posted is no event.
            Unavailable, and what `platform_postgres.is_away` knows: 503.
        """
        if _WEBHOOK_ID.fullmatch(webhook_id) is None:
            raise WebhookNotFound("There is no such webhook.")
        target = self._targets.held(webhook_id)
        if target is not None:
            head = self._check(target, body, signatures)
            if isinstance(head, Head) and await self._keep(target, head, body):
                return
        # What we held was old, or there is nothing to store: only the database can say which.
        for _ in range(_ATTEMPTS):
            target = await self._targets.read(webhook_id)
            if target is None:
                raise WebhookNotFound("There is no such webhook.")
            head = self._check(target, body, signatures)
            if isinstance(head, Exception):
                raise head
            if await self._keep(target, head, body):
                return
        raise Unavailable("The channel is being changed.", code="channel_changing")

    async def confirm(self, webhook_id: str, token: str) -> None:
        """Return when `token` is the one that the channel's provider has to show.

        Raises:
            WebhookNotFound, VerificationRefused: 404, 403.
            Unavailable, and what `platform_postgres.is_away` knows: 503.
        """
        if _WEBHOOK_ID.fullmatch(webhook_id) is None:
            raise WebhookNotFound("There is no such webhook.")
        wanted = await self._targets.verify_token(webhook_id)
        if wanted is None:
            raise WebhookNotFound("There is no such webhook.")
        if not hmac.compare_digest(wanted, token.encode()):
            raise VerificationRefused("The token is not the one of this webhook.")

    def _check(self, target: Target, body: bytes, signatures: Signatures) -> Head | Exception:
        """The head of a body that is signed and readable, else the refusal."""
        if not signatures.fit(target, body):
            return SignatureInvalid("The signature does not fit the body.")
        try:
            return RAW_KINDS[target.frame.provider].read_head(body)
        except UnparsableError as error:
            code = "malformed_json" if error.reason == "not_json" else "not_an_event"
            return RequestError(400, code, _DETAILS[error.reason])

    async def _keep(self, target: Target, head: Head, body: bytes) -> bool:
        """False when the channel is no longer what `target` says."""
        raw_event_id = new_id()
        received_at = utc_now()
        return await self._storing.ask(
            Posted(
                webhook_id=target.webhook_id,
                hmac_version=target.hmac_version,
                id=raw_event_id,
                provider_event_id=head.provider_event_id,
                event=head.event,
                received_at=received_at,
                shard=target.frame.shard,
                type=type_of_event(head.event, target.frame.provider),
                head=target.frame.head(
                    envelope_id=raw_event_id,
                    raw_event_id=raw_event_id,
                    event=head.event,
                    received_at=received_at,
                ),
                body=body,
                readable=head.readable,
            )
        )

    async def _store(self, posted: Sequence[Posted]) -> list[bool | Exception]:
        stored = await store_webhooks(self._database, posted)
        self._bell.ring()
        return stored
