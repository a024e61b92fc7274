"""The one place that wires the gateway together."""

from typing import Any

from platform_auth.internal import InternalTokenIssuer, InternalTokenVerifier
from platform_auth.keys import read_private_key
from platform_auth.routes import GATEWAY
from platform_http import Health, create_app
from platform_http.observe import Observe
from platform_http.process import Part, Process
from platform_http.serve import Roles
from ventros_gateway import overview
from ventros_gateway.addresses import Peers
from ventros_gateway.api_keys import ApiKeys
from ventros_gateway.browsers import Browsers
from ventros_gateway.callers import Callers
from ventros_gateway.challenges import Challenges
from ventros_gateway.docs.page import ApiDocument, docs_asset, docs_page, document_route
from ventros_gateway.docs.permissions import permissions_document, permissions_page
from ventros_gateway.forwarding import Forwarder
from ventros_gateway.key_set import KeySet
from ventros_gateway.limits import Limits
from ventros_gateway.live.hub import Hub
from ventros_gateway.live.server_sent import ServerSent
from ventros_gateway.live.web_socket import WebSocket
from ventros_gateway.overview import ServiceOverview
from ventros_gateway.proxy import Proxy, takes_web_socket
from ventros_gateway.revocations import Revocations
from ventros_gateway.route_classes import API_KEY_GUESS, classes
from ventros_gateway.settings import Settings, listed
from ventros_gateway.upstream import Upstream
from ventros_gateway.web_sockets import WebSockets


async def build(settings: Settings, roles: Roles) -> Process:
    """The process. The gateway has one role."""
    del roles
    health = Health()
    upstream = Upstream()
    limits = Limits(settings.cache)
    keys = KeySet(upstream, settings.identity_url)
    revocations = Revocations(upstream, settings.identity_url, settings.amqp_url)
    issuer = InternalTokenIssuer(read_private_key(settings.internal_token_private_key))
    peers = Peers(listed(settings.trusted_proxies))
    table = classes(settings.limits, slowest=settings.upstream_timeout)
    api_keys = ApiKeys(
        upstream,
        settings.identity_url,
        issuer,
        revocations.denied,
        limits,
        table[API_KEY_GUESS],
    )
    hub = Hub(settings.amqp_url, revocations.denied, settings.live)
    lifetime = settings.live.live_lifetime
    proxy = Proxy(
        own_app(settings, upstream, health),
        callers=Callers(keys, issuer, issuer=settings.issuer),
        api_keys=api_keys,
        revocations=revocations,
        limits=limits,
        peers=peers,
        classes=table,
        forwarder=Forwarder(upstream, settings.services, revocations.denied),
        web_sockets=WebSockets(upstream, settings.services, revocations.denied),
        stream=ServerSent(hub, revocations.denied, lifetime=lifetime),
        web_socket=WebSocket(hub, revocations.denied, lifetime=lifetime),
        challenges=Challenges(settings.issuer),
        origins=listed(settings.cors_origins),
    )
    app = Browsers(proxy, origins=listed(settings.cors_origins), peers=peers)
    parts: list[Part] = [upstream, limits, keys, revocations, api_keys, hub]
    return Process(Observe(GATEWAY, app), health, parts, web_sockets=takes_web_socket)


def own_app(settings: Settings, upstream: Upstream, health: Health) -> Any:
    """What the gateway answers itself: health, metrics, documents. It accepts no token."""
    return create_app(
        GATEWAY,
        [
            overview.route(ServiceOverview(upstream, settings.services)),
            docs_page,
            permissions_page,
            permissions_document,
            docs_asset,
        ],
        auth=InternalTokenVerifier({}),
        health=health,
        document=document_route(ApiDocument(upstream, settings.services)),
    )
