"""Make a customer: the tenant, its first project, and its first admin."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_identity.commands.projects import CreateProject, create_project
from ventros_identity.commands.users import CreateUser, create_user
from ventros_identity.domain.project import Project
from ventros_identity.domain.tenant import Tenant
from ventros_identity.domain.user import User
from ventros_identity.store import tenants


class CreateCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be made. The transaction has to be the new tenant's own."""

    tenant_id: UUID
    name: str
    project_name: str
    time_zone: str
    session_timeout_minutes: float | None = None
    email: str
    user_name: str
    password_hash: str
    email_confirmed: bool = True


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer that was made."""

    tenant: Tenant
    project: Project
    user: User


async def create_customer(tx: Tx, command: CreateCustomer) -> Customer:
    """Make all three. Raises `UnknownTimeZone`."""
    tenant = await tenants.insert(tx, command.tenant_id, command.name)
    project = await create_project(
        tx,
        CreateProject(
            tenant_id=command.tenant_id,
            name=command.project_name,
            time_zone=command.time_zone,
            session_timeout_minutes=command.session_timeout_minutes,
        ),
    )
    user = await create_user(
        tx,
        CreateUser(
            tenant_id=command.tenant_id,
            email=command.email,
            name=command.user_name,
            role="admin",
            password_hash=command.password_hash,
            email_confirmed=command.email_confirmed,
        ),
    )
    return Customer(tenant=tenant, project=project, user=user)
