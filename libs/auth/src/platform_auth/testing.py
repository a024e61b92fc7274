"""Tokens for tests: real ones, signed with a key of the test's own."""

from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec

from platform_auth.internal import InternalTokenIssuer, InternalTokenVerifier
from platform_auth.keys import generate_private_key, public_pem, thumbprint
from platform_auth.matrix import permissions_of
from platform_auth.principal import Principal, Role


def principal(
    tenant_id: UUID,
    project_id: UUID,
    role: Role | str = Role.ADMIN,
    *,
    subject: UUID | None = None,
    sign_in_id: UUID | None = None,
) -> Principal:
    """A caller with all permissions of its role."""
    role = Role(role)
    return Principal(
        tenant_id=tenant_id,
        project_id=project_id,
        subject=subject or uuid4(),
        kind="user",
        role=role,
        permissions=permissions_of(role),
        sign_in_id=sign_in_id,
    )


class InternalTokens:
    """Stands where the gateway stands: mints internal tokens that `verifier` accepts."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.private_key = key or generate_private_key()
        self._issuer = InternalTokenIssuer(self.private_key)

    @property
    def public_pem(self) -> bytes:
        """What a service's INTERNAL_TOKEN_PUBLIC_KEY file has to hold."""
        return public_pem(self.private_key.public_key())

    @property
    def verifier(self) -> InternalTokenVerifier:
        """A fresh verifier of these tokens, for `create_app`."""
        public = self.private_key.public_key()
        return InternalTokenVerifier({thumbprint(public): public})

    def mint(
        self,
        tenant_id: UUID,
        project_id: UUID,
        role: Role | str = Role.ADMIN,
        *,
        subject: UUID | None = None,
        sign_in_id: UUID | None = None,
    ) -> str:
        """A token of 60 seconds."""
        caller = principal(tenant_id, project_id, role, subject=subject, sign_in_id=sign_in_id)
        return self._issuer.issue(caller)

    def header(
        self,
        tenant_id: UUID,
        project_id: UUID,
        role: Role | str = Role.ADMIN,
        *,
        subject: UUID | None = None,
        sign_in_id: UUID | None = None,
    ) -> dict[str, str]:
        """The Authorization header with such a token."""
        token = self.mint(tenant_id, project_id, role, subject=subject, sign_in_id=sign_in_id)
        return {"Authorization": f"Bearer {token}"}
