"""What tests share: the real servers, databases, vhosts, tenants, tokens, waiting."""

from platform_devstack.provision import ServiceDatabase
from platform_testkit.servers import Servers
from platform_testkit.tenants import TestTenant, new_tenant
from platform_testkit.waiting import eventually

__all__ = ["Servers", "ServiceDatabase", "TestTenant", "eventually", "new_tenant"]
