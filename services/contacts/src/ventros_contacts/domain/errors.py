"""What can be wrong with a request or an event about contacts."""

from uuid import UUID

from platform_core.errors import Conflict, Invalid, NotFound


class ContactNotFound(NotFound):
    """No contact with this id in the caller's project, or it is deleted."""

    code = "contact_not_found"

    def __init__(self, contact_id: UUID) -> None:
        super().__init__(f"There is no contact {contact_id}.")


class IdentityTaken(Conflict):
    """Another contact of the project has this phone, e-mail address or external id."""

    code = "identity_taken"

    def __init__(self, kind: str, contact_id: UUID) -> None:
        super().__init__(f"The {kind} belongs to the contact {contact_id}.")
        self.contact_id = contact_id


class ContactEmpty(Invalid):
    """A contact has a name, or something to be reached or recognised by."""

    code = "contact_empty"

    def __init__(self) -> None:
        super().__init__("A contact needs a name, a phone, an e-mail address or an external id.")


class MergeWithItself(Invalid):
    """The contacts to be merged are one already because they are the same."""

    code = "merge_with_itself"

    def __init__(self) -> None:
        super().__init__("A contact cannot be merged into itself.")


class NotMerged(Conflict):
    """The contact stands for itself: there is nothing to undo."""

    code = "contact_not_merged"

    def __init__(self, contact_id: UUID) -> None:
        super().__init__(f"The contact {contact_id} is not merged into another one.")


class NobodyThere(Invalid):
    """A message came without an address that a contact could be recognised by."""

    code = "message_without_party"

    def __init__(self) -> None:
        super().__init__("The message has no identity of the person at the other end.")
