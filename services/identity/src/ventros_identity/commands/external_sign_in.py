"""Sign in at an external provider: begin a flow, take it up again, and find who came.

Without cookies, what binds a flow to its browser is the flow's secret: the app keeps it in its own
storage and sends it with what the provider has brought back. A stranger's `state` and `code` that
somebody is lured to open meet another flow, or none (login CSRF, RFC 6749 §10.12).

Our second factor is not asked for: whoever signs in with a provider has left it to that provider
how its people prove who they are.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Final
from uuid import UUID

import msgspec
from yarl import URL

from platform_core.ids import new_id
from platform_crypto import DecryptionError, open_under, seal_under
from platform_postgres import Tx
from ventros_identity.commands import secret_tokens
from ventros_identity.commands.members import AddMember, add_member
from ventros_identity.commands.secret_tokens import SecretToken
from ventros_identity.commands.sign_in import Entered, SignedIn, enter, mark_of
from ventros_identity.commands.users import CreateUser, create_user
from ventros_identity.domain.external_sign_in import (
    FLOW_LIFE,
    ExternalFlowInvalid,
    ExternalIdentity,
    ExternalIdentityUnknown,
    Flow,
    Person,
    RedirectUriUnknown,
    name_of,
    proven_email,
)
from ventros_identity.domain.identity_provider import IdentityProvider, NewUsers
from ventros_identity.domain.member import Member
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.domain.user import NoProject, User
from ventros_identity.store import email_confirmations, external_identities, tenants, users

PREFIX: Final = "vf_"
SCOPE: Final = "openid email profile"
_PURPOSE: Final = b"ventros external flow"
_REFUSED: Final = "The sign-in cannot be finished any more. Begin it anew."
_UNKNOWN: Final = "No active user here belongs to this account at the identity provider."


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes, and the secret that stays with the app."""

    flow: str
    authorization_url: str


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """Who came in: known before, linked now, or made now and perhaps a member of a project."""

    signed_in: SignedIn
    linked: ExternalIdentity | None = None
    created: User | None = None
    member: Member | None = None


def redirect_uri_of(provider: IdentityProvider, wanted: str | None, default: str) -> str:
    """The address of the app to come back to: one that the provider's row lists.

    Raises:
        RedirectUriUnknown
    """
    listed = provider.redirect_uris or [default]
    if wanted is None:
        return listed[0]
    if wanted not in listed:
        raise RedirectUriUnknown("The identity provider does not list this redirect_uri.")
    return wanted


async def begin_flow(
    tx: Tx, provider: IdentityProvider, authorization_endpoint: str, redirect_uri: str
) -> Begun:
    """Remember a flow for ten minutes."""
    token = secret_tokens.make(PREFIX, provider.tenant_id)
    flow = Flow(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
    )
    sealed = seal_under(
        token.text.encode(), msgspec.json.encode(flow), purpose=_PURPOSE, context=token.hash
    )
    await external_identities.add_flow(
        tx, provider.tenant_id, token.hash, provider.id, sealed, FLOW_LIFE
    )
    challenge = urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=")
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    return Begun(
        flow=token.text,
        authorization_url=str(URL(authorization_endpoint, encoded=True).extend_query(query)),
    )


def read_flow(text: str) -> SecretToken:
    """The secret that the app kept. Raises `ExternalFlowInvalid`."""
    token = secret_tokens.read(PREFIX, text)
    if token is None:
        raise ExternalFlowInvalid(_REFUSED)
    return token


async def take_flow(tx: Tx, token: SecretToken) -> tuple[UUID, Flow]:
    """The flow and its provider; there is no second time, whatever comes of this one.

    Raises:
        ExternalFlowInvalid
    """
    kept = await external_identities.take_flow(tx, token.tenant_id, token.hash)
    if kept is None or not kept.good:
        raise ExternalFlowInvalid(_REFUSED)
    try:
        content = open_under(token.text.encode(), kept.sealed, purpose=_PURPOSE, context=token.hash)
    except DecryptionError as error:
        raise ExternalFlowInvalid(_REFUSED) from error
    return kept.provider_id, msgspec.json.decode(content, type=Flow)


def check_state(flow: Flow, state: str) -> None:
    """What came back belongs to this flow. Raises `ExternalFlowInvalid`."""
    if not hmac.compare_digest(flow.state.encode(), state.encode()):
        raise ExternalFlowInvalid(_REFUSED)


async def come_in(
    tx: Tx, provider: IdentityProvider, person: Person, password_hash: str | None
) -> Came:
    """Find, link or make the user whom a person at the provider is.

    A subject stays who it was. A new one is found by a verified address; the user whom it leads to
    must have no other subject at this provider: the address would have been given to somebody else.

    Raises:
        ExternalIdentityUnknown, NoProject
    """
    email = proven_email(person, provider)
    known = await external_identities.use(
        tx, provider.tenant_id, provider.id, person.subject, email
    )
    if known is not None:
        return Came(signed_in=await _signed_in(tx, provider, known))
    # Of two who come with the same person at once, the second finds what the first has made.
    await tenants.lock(tx, provider.tenant_id)
    known = await external_identities.use(
        tx, provider.tenant_id, provider.id, person.subject, email
    )
    if known is not None:
        return Came(signed_in=await _signed_in(tx, provider, known))
    if email is None:
        raise ExternalIdentityUnknown(_UNKNOWN)
    created, member = None, None
    user_id = await users.id_of_email(tx, provider.tenant_id, email)
    if user_id is None:
        if provider.new_users is None or password_hash is None:
            raise ExternalIdentityUnknown(_UNKNOWN)
        new = provider.new_users
        created, member = await _make(tx, provider, new, person, email, password_hash)
        user_id = created.id
    signed_in = await _signed_in(tx, provider, user_id)
    linked = await external_identities.insert(
        tx,
        provider.tenant_id,
        new_id(),
        provider_id=provider.id,
        subject=person.subject,
        user_id=user_id,
        email=email,
    )
    if linked is None:
        raise ExternalIdentityUnknown(_UNKNOWN)
    # The provider has verified the very address.
    await email_confirmations.confirm(tx, provider.tenant_id, user_id)
    return Came(signed_in=signed_in, linked=linked, created=created, member=member)


async def is_known(tx: Tx, provider: IdentityProvider, subject: str) -> bool:
    """Whether the subject has been here before; then no address is needed."""
    found = await external_identities.use(tx, provider.tenant_id, provider.id, subject, None)
    return found is not None


async def _make(
    tx: Tx,
    provider: IdentityProvider,
    new: NewUsers,
    person: Person,
    email: str,
    password_hash: str,
) -> tuple[User, Member | None]:
    user = await create_user(
        tx,
        CreateUser(
            tenant_id=provider.tenant_id,
            email=email,
            name=name_of(person, email),
            role=new.role,
            password_hash=password_hash,
        ),
    )
    if new.project_id is None or new.project_role is None:
        return user, None
    joining = AddMember(
        tenant_id=provider.tenant_id,
        project_id=new.project_id,
        user_id=user.id,
        role=new.project_role,
    )
    try:
        return user, await add_member(tx, joining)
    except ProjectNotFound as error:
        raise NoProject("The project of new users is gone.") from error


async def _signed_in(tx: Tx, provider: IdentityProvider, user_id: UUID) -> SignedIn:
    tenant_id = provider.tenant_id
    # Without a password to prove, its mark still tells whether everything was ended meanwhile.
    password_hash = await users.lock_hash(tx, tenant_id, user_id)
    if password_hash is None:
        raise ExternalIdentityUnknown(_UNKNOWN)
    entered: Entered | None = await enter(tx, tenant_id, user_id, None)
    if entered is None:
        raise NoProject("There is no active project to sign in to.")
    return SignedIn(
        user=entered.user,
        project_id=entered.project_id,
        project_role=entered.project_role,
        password_mark=mark_of(password_hash),
        provider_id=provider.id,
    )
