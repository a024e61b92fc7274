"""Every route of every service with its permission. A route that is not here is not served.

The gateway forwards by this list, each service guards by it, and the tests walk it.
"""

import re
from typing import Final

import msgspec

PUBLIC: Final = None
"""A route that needs no caller: sign-in, the key set, documents, and webhooks, which prove
themselves."""


GATEWAY: Final = "gateway"
"""The service that answers its routes itself and forwards all others."""

WEBSOCKET: Final = "WEBSOCKET"
"""Stands where other routes have their method: a path that is opened as a WebSocket."""


class Route(msgspec.Struct, frozen=True):
    """One method on one path template, for example `GET /v1/contacts/{contact_id}`."""

    method: str
    path: str
    service: str
    permission: str | None

    @property
    def public(self) -> bool:
        """Whether anybody may call it."""
        return self.permission is PUBLIC

    @property
    def at_the_edge(self) -> bool:
        """Whether the gateway itself answers a caller whom it knows, as it does with streams.

        Its application, which has its pages, never sees a caller.
        """
        return self.service == GATEWAY and not self.public


ROUTES: Final[tuple[Route, ...]] = (
    Route("POST", "/v1/sign-up", "identity", PUBLIC),
    Route("POST", "/v1/auth/sign-in", "identity", PUBLIC),
    Route("POST", "/v1/auth/refresh", "identity", PUBLIC),
    Route("POST", "/v1/auth/sign-out", "identity", "me:update"),
    Route("POST", "/v1/auth/sign-out-everywhere", "identity", "me:update"),
    Route("GET", "/.well-known/jwks.json", "identity", PUBLIC),
    Route("GET", "/v1/me", "identity", "me:read"),
    Route("GET", "/v1/me/projects", "identity", "me:read"),
    Route("POST", "/v1/auth/switch-project", "identity", "me:update"),
    Route("POST", "/v1/invitations", "identity", "invitation:create"),
    Route("GET", "/v1/invitations", "identity", "invitation:list"),
    Route("DELETE", "/v1/invitations/{invitation_id}", "identity", "invitation:delete"),
    # Whoever has the link was invited; the token in it proves itself.
    Route("POST", "/v1/invitations/accept", "identity", PUBLIC),
    Route("POST", "/v1/auth/password-reset", "identity", PUBLIC),
    Route("POST", "/v1/auth/password-reset/confirm", "identity", PUBLIC),
    Route("POST", "/v1/auth/email-confirmation/confirm", "identity", PUBLIC),
    Route("POST", "/v1/me/email-confirmation", "identity", "me:update"),
    Route("POST", "/v1/me/password", "identity", "me:update"),
    Route("POST", "/v1/auth/second-factor", "identity", PUBLIC),
    Route("GET", "/v1/me/second-factor", "identity", "me:read"),
    Route("POST", "/v1/me/second-factor", "identity", "me:update"),
    Route("POST", "/v1/me/second-factor/confirm", "identity", "me:update"),
    Route("POST", "/v1/me/second-factor/disable", "identity", "me:update"),
    Route("POST", "/v1/me/second-factor/recovery-codes", "identity", "me:update"),
    Route("GET", "/v1/me/sign-ins", "identity", "me:read"),
    Route("DELETE", "/v1/me/sign-ins/{sign_in_id}", "identity", "me:update"),
    Route("GET", "/v1/users/{user_id}/sign-ins", "identity", "sign_in:list"),
    Route("DELETE", "/v1/users/{user_id}/sign-ins/{sign_in_id}", "identity", "sign_in:delete"),
    Route("GET", "/v1/tenant", "identity", "tenant:read"),
    Route("PATCH", "/v1/tenant", "identity", "tenant:update"),
    Route("POST", "/v1/projects", "identity", "project:create"),
    Route("GET", "/v1/projects", "identity", "project:list"),
    Route("GET", "/v1/projects/{project_id}", "identity", "project:read"),
    Route("PATCH", "/v1/projects/{project_id}", "identity", "project:update"),
    Route("DELETE", "/v1/projects/{project_id}", "identity", "project:delete"),
    Route("POST", "/v1/projects/{project_id}/members", "identity", "member:create"),
    Route("GET", "/v1/projects/{project_id}/members", "identity", "member:list"),
    Route("GET", "/v1/projects/{project_id}/members/{member_id}", "identity", "member:read"),
    Route("PATCH", "/v1/projects/{project_id}/members/{member_id}", "identity", "member:update"),
    Route("DELETE", "/v1/projects/{project_id}/members/{member_id}", "identity", "member:delete"),
    Route("POST", "/v1/users", "identity", "user:create"),
    Route("GET", "/v1/users", "identity", "user:list"),
    Route("GET", "/v1/users/{user_id}", "identity", "user:read"),
    # A user changes the own name alone, by a rule of identity.
    Route("PATCH", "/v1/users/{user_id}", "identity", "user:update"),
    # To disable somebody is to delete what they may; the person stays in the history.
    Route("POST", "/v1/users/{user_id}/disable", "identity", "user:delete"),
    Route("POST", "/v1/users/{user_id}/enable", "identity", "user:delete"),
    Route("DELETE", "/v1/users/{user_id}/second-factor", "identity", "user:delete"),
    Route("POST", "/v1/api-keys", "identity", "api_key:create"),
    Route("GET", "/v1/api-keys", "identity", "api_key:list"),
    Route("GET", "/v1/api-keys/{api_key_id}", "identity", "api_key:read"),
    Route("PATCH", "/v1/api-keys/{api_key_id}", "identity", "api_key:update"),
    Route("DELETE", "/v1/api-keys/{api_key_id}", "identity", "api_key:delete"),
    Route("POST", "/v1/applications", "identity", "application:create"),
    Route("GET", "/v1/applications", "identity", "application:list"),
    Route("GET", "/v1/applications/{application_id}", "identity", "application:read"),
    Route("PATCH", "/v1/applications/{application_id}", "identity", "application:update"),
    Route("DELETE", "/v1/applications/{application_id}", "identity", "application:delete"),
    Route("POST", "/v1/applications/{application_id}/disable", "identity", "application:update"),
    Route("POST", "/v1/applications/{application_id}/enable", "identity", "application:update"),
    Route("POST", "/v1/applications/{application_id}/secrets", "identity", "application:update"),
    Route("GET", "/v1/applications/{application_id}/secrets", "identity", "application:read"),
    Route(
        "DELETE",
        "/v1/applications/{application_id}/secrets/{secret_id}",
        "identity",
        "application:update",
    ),
    # A page that asks the person; what it does it does with the person's own token.
    Route("GET", "/oauth/authorize", "identity", PUBLIC),
    Route("GET", "/oauth/authorize/{asset}", "identity", PUBLIC),
    Route("GET", "/v1/oauth/authorizations", "identity", "me:read"),
    Route("POST", "/v1/oauth/authorizations", "identity", "me:update"),
    Route("GET", "/v1/me/applications", "identity", "me:read"),
    Route("DELETE", "/v1/me/applications/{application_id}", "identity", "me:update"),
    # A client proves itself, by its secret or by what it was given.
    Route("POST", "/oauth/token", "identity", PUBLIC),
    Route("POST", "/oauth/revoke", "identity", PUBLIC),
    Route("GET", "/.well-known/oauth-authorization-server", "identity", PUBLIC),
    Route("GET", "/.well-known/oauth-protected-resource", "identity", PUBLIC),
    # What there is to be given is no secret; everybody who is signed in may read it.
    Route("GET", "/v1/scopes", "identity", "me:read"),
    # The provider's answer, or the flow that the app has kept, proves itself.
    Route("POST", "/v1/auth/external", "identity", PUBLIC),
    Route("POST", "/v1/auth/external/finish", "identity", PUBLIC),
    Route("GET", "/v1/auth/external/providers", "identity", PUBLIC),
    Route("POST", "/v1/identity-providers", "identity", "identity_provider:create"),
    Route("GET", "/v1/identity-providers", "identity", "identity_provider:list"),
    Route(
        "GET", "/v1/identity-providers/{identity_provider_id}", "identity", "identity_provider:read"
    ),
    Route(
        "PATCH",
        "/v1/identity-providers/{identity_provider_id}",
        "identity",
        "identity_provider:update",
    ),
    Route(
        "DELETE",
        "/v1/identity-providers/{identity_provider_id}",
        "identity",
        "identity_provider:delete",
    ),
    Route(
        "POST",
        "/v1/identity-providers/{identity_provider_id}/test",
        "identity",
        "identity_provider:read",
    ),
    Route("GET", "/v1/me/external-identities", "identity", "me:read"),
    Route("DELETE", "/v1/me/external-identities/{external_identity_id}", "identity", "me:update"),
    # By what others get in: for those who see and end where they are in.
    Route("GET", "/v1/users/{user_id}/external-identities", "identity", "sign_in:list"),
    Route(
        "DELETE",
        "/v1/users/{user_id}/external-identities/{external_identity_id}",
        "identity",
        "sign_in:delete",
    ),
    Route("GET", "/v1/audit-log", "identity", "audit:list"),
    Route("GET", "/v1/audit-log/export", "identity", "audit:export"),
    Route("POST", "/v1/channels", "channels", "channel:create"),
    Route("GET", "/v1/channels", "channels", "channel:list"),
    Route("GET", "/v1/channels/{channel_id}", "channels", "channel:read"),
    Route("PATCH", "/v1/channels/{channel_id}", "channels", "channel:update"),
    Route("DELETE", "/v1/channels/{channel_id}", "channels", "channel:delete"),
    Route("POST", "/v1/channels/{channel_id}/connect", "channels", "channel:update"),
    Route("POST", "/v1/channels/{channel_id}/start", "channels", "channel:update"),
    Route("POST", "/v1/channels/{channel_id}/stop", "channels", "channel:update"),
    Route("POST", "/v1/channels/{channel_id}/restart", "channels", "channel:update"),
    Route("POST", "/v1/channels/{channel_id}/log-out", "channels", "channel:update"),
    Route("POST", "/v1/channels/{channel_id}/templates/refresh", "channels", "message:create"),
    # Templates are the company's, and Meta judges all of its numbers by them.
    Route("POST", "/v1/channels/{channel_id}/templates", "channels", "channel:update"),
    Route(
        "DELETE", "/v1/channels/{channel_id}/templates/{provider_id}", "channels", "channel:update"
    ),
    Route("GET", "/v1/channels/{channel_id}/connection", "channels", "channel:read"),
    # Whoever has one of these can pair a phone of theirs with the company's channel.
    Route("GET", "/v1/channels/{channel_id}/connection/qr", "channels", "channel:update"),
    Route(
        "POST", "/v1/channels/{channel_id}/connection/pairing-code", "channels", "channel:update"
    ),
    Route("GET", "/v1/channels/{channel_id}/connection/passkey", "channels", "channel:update"),
    Route("POST", "/v1/channels/{channel_id}/connection/passkey", "channels", "channel:update"),
    Route("GET", "/v1/channels/{channel_id}/connection/passkey/code", "channels", "channel:update"),
    Route(
        "POST", "/v1/channels/{channel_id}/connection/passkey/confirm", "channels", "channel:update"
    ),
    # What may have been missed, and what was fetched of it.
    Route("GET", "/v1/channels/{channel_id}/gaps", "channels", "channel:read"),
    # What is known of people, by the company's own number.
    # What the provider kept: fetching it reads every chat of the number.
    Route("POST", "/v1/channels/{channel_id}/history-imports", "channels", "channel:update"),
    Route("GET", "/v1/channels/{channel_id}/history-imports", "channels", "channel:read"),
    Route(
        "GET", "/v1/channels/{channel_id}/history-imports/{import_id}", "channels", "channel:read"
    ),
    Route(
        "GET",
        "/v1/channels/{channel_id}/history-imports/{import_id}/failures",
        "channels",
        "channel:read",
    ),
    Route(
        "POST",
        "/v1/channels/{channel_id}/history-imports/{import_id}/cancel",
        "channels",
        "channel:update",
    ),
    Route("GET", "/v1/channels/{channel_id}/look-ups/phone", "channels", "contact:read"),
    Route("GET", "/v1/channels/{channel_id}/look-ups/lids/{lid}", "channels", "contact:read"),
    Route("GET", "/v1/channels/{channel_id}/look-ups/profile-picture", "channels", "contact:read"),
    Route("POST", "/webhooks/{webhook_id}", "channels", PUBLIC),
    # Meta asks whether the address is ours, and shows a token.
    Route("GET", "/webhooks/{webhook_id}", "channels", PUBLIC),
    Route("POST", "/v1/contacts", "contacts", "contact:create"),
    Route("GET", "/v1/contacts", "contacts", "contact:list"),
    Route("GET", "/v1/contacts/{contact_id}", "contacts", "contact:read"),
    Route("PATCH", "/v1/contacts/{contact_id}", "contacts", "contact:update"),
    Route("DELETE", "/v1/contacts/{contact_id}", "contacts", "contact:delete"),
    Route("GET", "/v1/contacts/{contact_id}/identities", "contacts", "contact:read"),
    Route("GET", "/v1/contacts/{contact_id}/profile-picture", "contacts", "contact:read"),
    Route("GET", "/v1/contacts/{contact_id}/trackings", "contacts", "contact:read"),
    # To merge and to take apart again changes which contacts there are; nothing is deleted by it.
    Route("POST", "/v1/contacts/{contact_id}/merge", "contacts", "contact:update"),
    Route("POST", "/v1/contacts/{contact_id}/unmerge", "contacts", "contact:update"),
    Route("GET", "/v1/sessions", "sessions", "session:list"),
    Route("GET", "/v1/sessions/{session_id}", "sessions", "session:read"),
    Route("POST", "/v1/sessions/{session_id}/close", "sessions", "session:update"),
    Route("POST", "/v1/messages", "messaging", "message:create"),
    Route("GET", "/v1/messages", "messaging", "message:list"),
    Route("POST", "/v1/messages/{message_id}/forward", "messaging", "message:create"),
    Route("GET", "/v1/outgoing-messages", "messaging", "message:list"),
    Route("GET", "/v1/outgoing-messages/{message_id}", "messaging", "message:read"),
    # Templates: whoever can send them has to see them.
    Route("GET", "/v1/templates", "messaging", "message:list"),
    Route("GET", "/v1/templates/{template_id}", "messaging", "message:read"),
    Route("GET", "/v1/messages/{message_id}", "messaging", "message:read"),
    Route("GET", "/v1/messages/{message_id}/versions", "messaging", "message:read"),
    Route("GET", "/v1/messages/{message_id}/file", "messaging", "message:read"),
    # The link proves what it gives.
    Route("GET", "/v1/files/{link}", "messaging", PUBLIC),
    Route("POST", "/v1/files", "messaging", "message:create"),
    # What is done to a message is done at the provider, as sending is.
    Route("PUT", "/v1/messages/{message_id}/reaction", "messaging", "message:update"),
    Route("DELETE", "/v1/messages/{message_id}/reaction", "messaging", "message:update"),
    Route("PATCH", "/v1/messages/{message_id}", "messaging", "message:update"),
    Route("DELETE", "/v1/messages/{message_id}", "messaging", "message:delete"),
    Route("PUT", "/v1/messages/{message_id}/votes", "messaging", "message:update"),
    Route("POST", "/v1/chats/{chat_id}/read", "messaging", "message:update"),
    Route("PUT", "/v1/chats/{chat_id}/archive", "messaging", "message:update"),
    Route("DELETE", "/v1/chats/{chat_id}/archive", "messaging", "message:update"),
    Route("PUT", "/v1/chats/{chat_id}/labels/{label_id}", "messaging", "message:update"),
    Route("DELETE", "/v1/chats/{chat_id}/labels/{label_id}", "messaging", "message:update"),
    Route("GET", "/v1/labels", "messaging", "message:list"),
    Route("GET", "/v1/message-actions/{action_id}", "messaging", "message:read"),
    # Who talks where is part of what is said: the same permissions.
    Route("GET", "/v1/messages/{message_id}/enrichments", "messaging", "message:read"),
    Route("GET", "/v1/message-groups", "messaging", "message:list"),
    Route("GET", "/v1/chats", "messaging", "message:list"),
    Route("GET", "/v1/chats/{chat_id}", "messaging", "message:read"),
    Route("GET", "/v1/chats/{chat_id}/participants", "messaging", "message:list"),
    Route("GET", "/v1/chats/{chat_id}/messages", "messaging", "message:list"),
    Route("GET", "/v1/chats/{chat_id}/messages/{message_id}", "messaging", "message:read"),
    Route(
        "GET", "/v1/chats/{chat_id}/messages/{message_id}/recipients", "messaging", "message:read"
    ),
    # The live stream, as server-sent events and as a WebSocket: what happens in one's project.
    Route("GET", "/v1/events/stream", GATEWAY, "event:read"),
    Route(WEBSOCKET, "/v1/ws", GATEWAY, "event:read"),
    # The gateway's own: what a newcomer and a load balancer ask for.
    Route("GET", "/health", GATEWAY, PUBLIC),
    Route("GET", "/docs", GATEWAY, PUBLIC),
    Route("GET", "/docs/permissions", GATEWAY, PUBLIC),
    Route("GET", "/docs/permissions.json", GATEWAY, PUBLIC),
    Route("GET", "/docs/{asset}", GATEWAY, PUBLIC),
)

OWN_PORT: Final[frozenset[str]] = frozenset(
    {"/health/live", "/health/ready", "/metrics", "/openapi.json"}
)
"""Paths that every service answers to GET on its own port, and that the gateway never forwards."""

INTERNAL: Final[frozenset[tuple[str, str, str]]] = frozenset(
    {
        ("identity", "GET", "/internal/revocations"),
        ("identity", "POST", "/internal/api-keys/verify"),
    }
)
"""Service, method and path of what else is answered on an own port, for the gateway itself."""

_PARAMETER = re.compile(r"\{[^}]*\}")


def shape(path: str) -> str:
    """A template without the names of its parameters, to compare templates with."""
    return _PARAMETER.sub("{}", path)


_BY_SHAPE: Final = {(route.method, shape(route.path)): route for route in ROUTES}


def of_service(service: str) -> dict[tuple[str, str], Route]:
    """The routes of one service by method and path shape."""
    return {key: route for key, route in _BY_SHAPE.items() if route.service == service}


class Matcher:
    """Finds the route of a request path. Literal segments win over parameters."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self._root: _Node = _Node()
        for route in routes:
            node = self._root
            for segment in route.path.split("/")[1:]:
                node = node.children.setdefault(shape(segment), _Node())
            node.routes[route.method] = route

    def match(self, path: str) -> dict[str, Route]:
        """The routes at `path` by method; empty when the path is unknown."""
        node: _Node | None = self._root
        for segment in path.split("/")[1:]:
            if node is None:
                return {}
            literal = node.children.get(segment)
            node = literal if literal is not None or not segment else node.children.get("{}")
        return node.routes if node is not None else {}


class _Node:
    __slots__ = ("children", "routes")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.routes: dict[str, Route] = {}
