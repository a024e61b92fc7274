"""The one place that wires identity together."""

from pathlib import Path
from typing import Final

from litestar import Litestar
from litestar.di import Provide

import platform_bus
import platform_http
from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import read_public_keys
from platform_bus import Bell, RelayPart
from platform_crypto import KeyRing, Vault
from platform_http import Health, create_app
from platform_http.process import Part, Process
from platform_http.serve import Roles
from platform_outbound import SCHEMES, Outbound
from platform_postgres import Database
from ventros_identity.commands.challenge import Challenges
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.signing_keys import SigningKeys, rules
from ventros_identity.domain.invitation import Admission
from ventros_identity.domain.sign_in import Lifetimes
from ventros_identity.http.api_keys import ApiKeys, list_scopes
from ventros_identity.http.application_secrets import ApplicationSecrets
from ventros_identity.http.applications import Applications
from ventros_identity.http.audit import export_audit_log, list_audit_entries, origin_of
from ventros_identity.http.authorize import authorize, authorize_asset
from ventros_identity.http.consents import (
    MyApplications,
    decide_authorization,
    read_authorization,
)
from ventros_identity.http.email_confirmation import confirm_email, request_email_confirmation
from ventros_identity.http.external_identities import (
    ExternalIdentitiesOfUsers,
    MyExternalIdentities,
)
from ventros_identity.http.external_sign_in import (
    begin_external_sign_in,
    finish_external_sign_in,
    list_external_providers,
)
from ventros_identity.http.identity_providers import IdentityProviders
from ventros_identity.http.invitations import Invitations, accept_invitation
from ventros_identity.http.key_uses import verify_api_key_handler
from ventros_identity.http.members import Members
from ventros_identity.http.oauth_metadata import (
    read_authorization_server,
    read_protected_resource,
)
from ventros_identity.http.oauth_tokens import oauth_revoke, oauth_token
from ventros_identity.http.passwords import change_password, confirm_reset, request_reset
from ventros_identity.http.projects import Projects
from ventros_identity.http.revocations import revocations_handler
from ventros_identity.http.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    disable_second_factor,
    read_second_factor,
    renew_recovery_codes,
    second_factor_handler,
)
from ventros_identity.http.second_factor_removal import remove_second_factor
from ventros_identity.http.sign_in import read_key_set, refresh_handler, sign_in_handler
from ventros_identity.http.sign_ins import (
    MySignIns,
    SignInsOfUsers,
    sign_out,
    sign_out_everywhere,
)
from ventros_identity.http.sign_up import sign_up
from ventros_identity.http.signing import Signing
from ventros_identity.http.switch import list_my_projects, switch_project
from ventros_identity.http.tenant import read_tenant, update_tenant
from ventros_identity.http.users import Users, read_me
from ventros_identity.mail import MailPart, delivery_of
from ventros_identity.openid.client import HTTPS, OpenIdClient
from ventros_identity.settings import Settings
from ventros_identity.signing_keys import SigningKeysPart

MIGRATIONS: Final = (
    platform_bus.MIGRATIONS,
    platform_http.MIGRATIONS,
    Path(__file__).resolve().parents[2] / "migrations",
)
"""The tables of the bus and of the edge, then our own."""
ANYBODY: Final = Admission()

CONTROLLERS = (
    Projects,
    Members,
    ApiKeys,
    Applications,
    ApplicationSecrets,
    authorize,
    authorize_asset,
    read_authorization,
    decide_authorization,
    MyApplications,
    oauth_token,
    oauth_revoke,
    read_authorization_server,
    read_protected_resource,
    list_scopes,
    Invitations,
    accept_invitation,
    sign_up,
    switch_project,
    list_my_projects,
    Users,
    read_me,
    read_tenant,
    update_tenant,
    sign_in_handler,
    refresh_handler,
    sign_out,
    sign_out_everywhere,
    MySignIns,
    SignInsOfUsers,
    change_password,
    request_reset,
    confirm_reset,
    confirm_email,
    request_email_confirmation,
    second_factor_handler,
    renew_recovery_codes,
    remove_second_factor,
    read_second_factor,
    begin_second_factor,
    confirm_second_factor,
    disable_second_factor,
    IdentityProviders,
    begin_external_sign_in,
    finish_external_sign_in,
    list_external_providers,
    MyExternalIdentities,
    ExternalIdentitiesOfUsers,
    read_key_set,
    list_audit_entries,
    export_audit_log,
)


def make_app(
    *,
    db: Database,
    bell: Bell,
    auth: InternalTokenVerifier,
    signing_keys: SigningKeys,
    issuer: str,
    passwords: Passwords,
    lifetimes: Lifetimes,
    vault: Vault,
    openid: OpenIdClient | None = None,
    app_url: str = "http://localhost:8080",
    admission: Admission = ANYBODY,
    health: Health | None = None,
) -> Litestar:
    """The HTTP side."""
    signing = Signing(
        db=db,
        bell=bell,
        passwords=passwords,
        keys=signing_keys,
        issuer=issuer,
        lifetimes=lifetimes,
        app_url=app_url,
        vault=vault,
        challenges=Challenges(signing_keys, issuer=issuer),
    )
    asks = openid or OpenIdClient(Outbound())
    return create_app(
        "identity",
        [*CONTROLLERS, revocations_handler(db), verify_api_key_handler(db)],
        auth=auth,
        db=db,
        bell=bell,
        health=health,
        dependencies={
            "admission": Provide(lambda: admission, sync_to_thread=False),
            "signing": Provide(lambda: signing, sync_to_thread=False),
            "origin": Provide(origin_of, sync_to_thread=False),
            "openid": Provide(lambda: asks, sync_to_thread=False),
            "passwords": Provide(lambda: passwords, sync_to_thread=False),
        },
    )


async def build(settings: Settings, roles: Roles) -> Process:
    """The process of a role. Identity has no consumers and no workflows."""
    del roles
    db = Database(settings.postgres, service="identity")
    bell = Bell()
    health = Health()
    passwords = Passwords()
    vault = Vault(KeyRing.from_file(settings.key_ring))
    signing_keys = SigningKeys()
    # Providers without TLS are for development, as the networks are in which they stand.
    allowed = settings.outbound.allowed
    openid = OpenIdClient(Outbound(allow=allowed), schemes=SCHEMES if allowed else HTTPS)
    app = make_app(
        db=db,
        bell=bell,
        auth=InternalTokenVerifier(read_public_keys(settings.http.internal_token_public_key)),
        signing_keys=signing_keys,
        issuer=settings.issuer,
        passwords=passwords,
        lifetimes=settings.sign_in.lifetimes,
        vault=vault,
        openid=openid,
        app_url=settings.mail.app_url,
        admission=settings.admission.admission,
        health=health,
    )

    async def close() -> None:
        passwords.close()
        await openid.close()
        await db.close()

    parts: list[Part] = [
        RelayPart(db, settings.bus, bell),
        SigningKeysPart(db, vault, signing_keys, rules(settings.token_key_days)),
        MailPart(db, delivery_of(settings.mail), settings.mail.mail_from, vault),
    ]
    return Process(app, health, parts, close=close)
