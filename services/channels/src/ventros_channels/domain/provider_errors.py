"""Why a provider did not do what was asked of it at once, with codes that clients may rely on."""

from platform_core.errors import Conflict, DomainError, NotFound, Unavailable


class ProviderError(DomainError):
    """The provider did not do it; what is raised is one of those below."""


class ProviderUnreachable(ProviderError, Unavailable):
    """Nothing answers at its address, or nothing that can be read; it was called in vain."""

    code = "provider_unreachable"
    retry_after = 5.0


class ProviderTimedOut(ProviderError, Unavailable):
    """It was reached and did not answer in time: what was asked may have been done."""

    code = "provider_timed_out"
    retry_after = 5.0


class ProviderBusy(ProviderError, Unavailable):
    """It wants fewer calls."""

    code = "provider_busy"
    retry_after = 30.0


class ProviderAddressRefused(ProviderError, Conflict):
    """The channel's address is one that is never called, such as one of an inner network."""

    code = "provider_address_refused"


class ProviderKeyRefused(ProviderError, Conflict):
    """It does not accept the channel's key."""

    code = "provider_key_refused"


class ProviderKeyInvalid(ProviderKeyRefused):
    """The same, of the key itself and not of what it is for: nothing is called with it any more."""


class ProviderRefused(ProviderError, Conflict):
    """It understood and does not do it."""

    code = "provider_refused"


class ChannelSessionMissing(ProviderError, Conflict):
    """It knows of no such connection; `connect` makes it."""

    code = "channel_session_missing"


class ChannelNotReady(ProviderError, Conflict):
    """The connection is in a state in which that cannot be done, such as not paired."""

    code = "channel_not_ready"


class TemplateRefused(ProviderError, Conflict):
    """The provider does not take the template as it is, or does not remove it; it says why."""

    code = "template_refused"


class TemplateUnknown(ProviderError, NotFound):
    """The provider has no such template in the channel's account."""

    code = "template_unknown"


class UnsupportedByProvider(ProviderError, Conflict):
    """No channel of this type can do that."""

    code = "unsupported_by_provider"
