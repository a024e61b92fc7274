"""`make demo` against the running system: its exit code is its verdict."""

import asyncio
import os
import sys

import pytest

from platform_devstack import demo_tenant

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def test_the_demo_ends_as_expected(stack) -> None:
    places = {
        "VENTROS_API_URL": stack.gateway_url,
        "VENTROS_DEMO_EMAIL": demo_tenant.EMAIL,
        "VENTROS_DEMO_PASSWORD": demo_tenant.password(stack.around),
        "VENTROS_WAHA_URL": stack.waha_url,
        "VENTROS_WAHA_API_KEY": stack.waha_key,
        "VENTROS_AMQP_URL": stack.amqp_url,
    }
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ventros_e2e.demo",
        env={**os.environ, **places},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await demo.communicate()
    said = output.decode()
    assert demo.returncode == 0, said
    assert "session.ended" in said


async def test_the_demo_says_what_is_missing(stack) -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ventros_e2e.demo",
        f"--api-url={stack.gateway_url}",
        f"--waha-url={stack.waha_url}",
        f"--waha-key={stack.waha_key}",
        f"--amqp-url={stack.amqp_url}",
        f"--email={demo_tenant.EMAIL}",
        "--password=not the password",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await demo.communicate()
    assert demo.returncode == 1
    assert "401" in output.decode().splitlines()[-1]
