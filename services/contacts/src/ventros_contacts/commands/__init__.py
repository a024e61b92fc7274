"""What changes contacts: a function per use case, handed a transaction that the edge commits.

Locks are taken in one order everywhere: identities (advisory, by number), then contacts (rows, by
id), each once per transaction and tenant. Who needs no identity begins with the contacts.
"""
