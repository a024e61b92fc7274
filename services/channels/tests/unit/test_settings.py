"""Which inner networks a channel may lead to."""

from ipaddress import ip_network
from typing import Any

import pytest

from platform_core.settings import SettingsError
from platform_core.settings import load as load_settings
from ventros_channels.settings import Settings

NEEDED = {
    "VENTROS_DATABASE_APP_URL": "postgresql://x", "VENTROS_DATABASE_RELAY_URL": "postgresql://x",
    "VENTROS_DATABASE_SYSTEM_URL": "postgresql://x", "VENTROS_AMQP_URL": "amqp://x",
    "VENTROS_INTERNAL_TOKEN_PUBLIC_KEY": "/x", "VENTROS_HTTP_PORT": "0",
    "VENTROS_CREDENTIAL_KEYS": "/x", "VENTROS_PUBLIC_URL": "http://x",
    "VENTROS_STORAGE_URL": "file:///x",
    "VENTROS_TEMPORAL_ADDRESS": "127.0.0.1:1",
}  # fmt: skip


def load(**given: Any) -> Settings:
    settings: Settings = load_settings(Settings, {**NEEDED, **given})
    return settings


def test_none_unless_the_operator_names_them() -> None:
    assert load().callable_networks == ()


def test_those_of_the_installations_own_waha_in_production_too() -> None:
    named = load(VENTROS_WAHA_NETWORKS="10.2.0.0/16, fd00::/64", VENTROS_ENVIRONMENT="production")
    assert named.callable_networks == (ip_network("10.2.0.0/16"), ip_network("fd00::/64"))


def test_a_developers_are_refused_in_production() -> None:
    given = load(VENTROS_OUTBOUND_ALLOW="127.0.0.0/8", VENTROS_ENVIRONMENT="development")
    assert given.callable_networks == (ip_network("127.0.0.0/8"),)
    with pytest.raises(SettingsError, match="VENTROS_OUTBOUND_ALLOW"):
        _ = load(VENTROS_OUTBOUND_ALLOW="127.0.0.0/8").callable_networks


def test_what_is_no_network_is_named() -> None:
    with pytest.raises(SettingsError, match="VENTROS_WAHA_NETWORKS"):
        _ = load(VENTROS_WAHA_NETWORKS="waha").callable_networks
