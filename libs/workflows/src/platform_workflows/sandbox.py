"""The sandbox that workflow code runs in: deterministic, with the packages that are safe in it."""

from collections.abc import Sequence

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

_SAFE = ("msgspec", "platform_workflows")


def sandbox(passthrough: Sequence[str] = ()) -> SandboxedWorkflowRunner:
    """The runner of workers and replayers.

    `passthrough` names modules that workflows import and that are loaded once instead of anew for
    each run: Structs of a service's domain, never anything with state or I/O.
    """
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_SAFE, *passthrough)
    return SandboxedWorkflowRunner(restrictions=restrictions)
