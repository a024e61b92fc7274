"""Examples of `proto_events.credentials`: the shop's keys to WAHA and to its advertisements."""

from typing import Final

from proto_events.credentials import (
    CredentialActivated,
    CredentialCreated,
    CredentialDeactivated,
    CredentialExpired,
    CredentialOauthRefreshed,
    CredentialUpdated,
    CredentialUsed,
)
from proto_events.examples.world import META_CREDENTIAL, WAHA_CREDENTIAL, at

EXAMPLES: Final = (
    CredentialCreated(
        credential_id=WAHA_CREDENTIAL,
        credential_type="waha_instance",
        name="WAHA da loja",
    ),
    CredentialUpdated(credential_id=WAHA_CREDENTIAL),
    CredentialOauthRefreshed(credential_id=META_CREDENTIAL, expires_at=at(11, 50, days=60)),
    CredentialActivated(credential_id=WAHA_CREDENTIAL),
    CredentialDeactivated(credential_id=WAHA_CREDENTIAL),
    CredentialUsed(credential_id=WAHA_CREDENTIAL),
    CredentialExpired(credential_id=META_CREDENTIAL),
)
