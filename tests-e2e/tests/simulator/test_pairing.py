"""How a session is paired: codes that a phone can read, and what happens with wrong ones."""

import base64
import struct

PHONE = {"phone": "554400000001", "lid": "10000000000002", "name": "Loja"}
AUTH = "/api/s/auth"


async def made(waha, *webhooks: dict) -> None:
    config = {"webhooks": list(webhooks)}
    await waha.call("POST", "/api/sessions", {"name": "s", "config": config}, 201)


async def picture(waha, accept: str = "image/png") -> bytes:
    headers = {"X-Api-Key": "key-of-the-tests", "Accept": accept}
    async with waha.client.get(f"{AUTH}/qr?format=image", headers=headers) as answer:
        assert answer.status == 200
        return await answer.read()


async def status(waha) -> str:
    return (await waha.call("GET", "/api/sessions/s"))["status"]


async def test_the_qr_code_is_a_picture_of_its_text(waha) -> None:
    await made(waha)
    text = (await waha.call("GET", f"{AUTH}/qr?format=raw"))["value"]
    png = await picture(waha)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width == height > 100
    document = await waha.call("GET", f"{AUTH}/qr?format=raw")
    assert document["value"] == text


async def test_the_qr_code_as_a_document(waha) -> None:
    await made(waha)
    headers = {"X-Api-Key": "key-of-the-tests", "Accept": "application/json"}
    async with waha.client.get(f"{AUTH}/qr", headers=headers) as answer:
        document = await answer.json()
    assert document["mimetype"] == "image/png"
    assert base64.b64decode(document["data"]) == await picture(waha)


async def test_scanning_pairs_and_a_code_of_before_does_not(waha, receiver) -> None:
    await made(waha, {"url": receiver.url, "events": ["session.status"]})
    old = (await waha.call("GET", f"{AUTH}/qr?format=raw"))["value"]
    await waha.call("POST", "/api/sessions/s/restart", status=201)
    text = (await waha.call("GET", f"{AUTH}/qr?format=raw"))["value"]
    assert text != old
    scan = "/simulator/sessions/s/scan"
    await waha.call("POST", scan, {"text": old, "owner": PHONE}, 400)
    await waha.call("POST", scan, {"text": text, "owner": PHONE}, 204)
    assert await status(waha) == "WORKING"
    await receiver.until(lambda got: any(b'"WORKING"' in one.body for one in got))
    refused = await waha.call("GET", f"{AUTH}/qr?format=raw", status=422)
    assert (refused["status"], refused["expected"]) == ("WORKING", ["SCAN_QR_CODE"])


async def test_a_code_is_typed_on_the_phone_that_it_was_asked_for(waha) -> None:
    await made(waha)
    asked = {"phoneNumber": PHONE["phone"]}
    code = (await waha.call("POST", f"{AUTH}/request-code", asked, 201))["code"]
    assert [len(part) for part in code.split("-")] == [4, 4]
    typing = "/simulator/sessions/s/type-code"
    other = {**PHONE, "phone": "554400000009"}
    await waha.call("POST", typing, {"code": code, "owner": other}, 400)
    await waha.call("POST", typing, {"code": code, "owner": PHONE}, 204)
    assert await status(waha) == "WORKING"


async def test_a_passkey_is_asked_for_signed_and_confirmed(waha) -> None:
    await made(waha)
    await waha.call("GET", f"{AUTH}/passkey/challenge", status=422)
    await waha.call("POST", "/simulator/sessions/s/require-passkey", {"owner": PHONE}, 204)
    assert await status(waha) == "PASSKEY_REQUIRED"
    challenge = await waha.call("GET", f"{AUTH}/passkey/challenge")
    assert challenge["rpId"] == "web.whatsapp.com"
    (allowed,) = challenge["allowCredentials"]
    signed = {"clientDataJSON": "Yw", "authenticatorData": "YQ", "signature": "cw"}
    assertion = {"id": "x", "rawId": "x", "type": "public-key", "response": signed}
    await waha.call("POST", f"{AUTH}/passkey", assertion, 400)
    await waha.call("POST", f"{AUTH}/passkey", {**assertion, "id": allowed["id"]}, 201)
    assert await status(waha) == "PASSKEY_CONFIRMATION_REQUIRED"
    assert len((await waha.call("GET", f"{AUTH}/passkey/confirmation"))["code"]) == 4
    await waha.call("POST", f"{AUTH}/passkey/confirm", status=201)
    assert await status(waha) == "WORKING"


async def test_people_show_pictures(waha) -> None:
    await waha.session("s")
    path = "/api/contacts/profile-picture?contactId=554400000003@c.us&session=s"
    assert await waha.call("GET", path) == {"profilePictureURL": None}
    shown = {"chat_id": "554400000003@c.us", "url": "https://pps.example/1.jpg"}
    await waha.call("PUT", "/simulator/pictures", shown, 204)
    assert await waha.call("GET", path) == {"profilePictureURL": shown["url"]}
    assert await waha.call("GET", "/simulator/pictures/asked") == ["554400000003@c.us"] * 2
