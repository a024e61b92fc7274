"""`make demo` against the running system: its exit code is its verdict."""

import asyncio
import os
import sys

import pytest
from aiohttp import web

from cloud_simulator.app import create_app
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


async def test_the_demo_of_the_cloud_api_ends_as_expected_and_may_be_played_again(stack) -> None:
    app = web.AppRunner(create_app(), shutdown_timeout=1.0)
    await app.setup()
    await web.TCPSite(app, "127.0.0.1", 0).start()
    places = {
        "VENTROS_API_URL": stack.gateway_url,
        "VENTROS_DEMO_EMAIL": demo_tenant.EMAIL,
        "VENTROS_DEMO_PASSWORD": demo_tenant.password(stack.around),
        "VENTROS_CLOUD_URL": f"http://127.0.0.1:{app.addresses[0][1]}",
    }
    try:
        for _ in range(2):
            demo = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ventros_e2e.demo.cloud",
                env={**os.environ, **places},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            output, _ = await demo.communicate()
            assert demo.returncode == 0, output.decode()
    finally:
        await app.cleanup()
