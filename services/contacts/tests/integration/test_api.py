"""The API: what it takes, what it refuses and why, what it says to others."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

PHONE = "+5511987654321"
JID = "551187654321@s.whatsapp.net"


async def test_a_contact_is_created_as_given(world: Any, line: Any, caller: Any) -> None:
    fields = {
        "name": "Ana María",
        "email": "Ana@Example.com",
        "phone": "+551187654321",
        "external_id": "crm-7",
        "language": "pt-BR",
        "timezone": "America/Sao_Paulo",
        "tags": ["vip", "2026", "vip"],
    }
    made = await caller.create(**fields)
    assert made == await caller.get(f"/v1/contacts/{made['id']}")
    assert made == {
        **fields,
        "phone": PHONE,
        "tags": ["vip", "2026"],
        "id": made["id"],
        "node_ids": [made["id"]],
        "version": 1,
        "project_id": str(line.tenant.project_id),
        "name_source": "person",
        "source_channel": None,
        "first_interaction_at": None,
        "last_interaction_at": None,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    (created,) = await world.events(line.tenant)
    assert created.type == "contact.created"
    assert created.data.contact_id == UUID(made["id"])
    assert (created.data.name, created.data.email) == ("Ana María", "Ana@Example.com")
    identities = await caller.get(f"/v1/contacts/{made['id']}/identities")
    assert [(each["kind"], each["value"]) for each in identities["items"]] == [
        ("email", "ana@example.com"),
        ("external_id", "crm-7"),
        ("phone", PHONE),
    ]
    assert {each["source"] for each in identities["items"]} == {"api"}
    assert {each["contact_id"] for each in identities["items"]} == {made["id"]}


async def test_identities_are_paged(caller: Any) -> None:
    made = await caller.create(email="a@example.com", phone=PHONE, external_id="7")
    path = f"/v1/contacts/{made['id']}/identities"
    first = await caller.get(path, limit=2)
    rest = await caller.get(path, limit=2, cursor=first["next_cursor"])
    kinds = [each["kind"] for each in first["items"] + rest["items"]]
    assert kinds == ["email", "external_id", "phone"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 422, "contact_empty"),
        ({"language": "pt"}, 422, "contact_empty"),
        ({"name": ""}, 400, "validation_failed"),
        ({"name": " Ana"}, 400, "validation_failed"),
        ({"name": "a" * 256}, 400, "validation_failed"),
        ({"name": 7}, 400, "validation_failed"),
        ({"name": "Ana", "age": 7}, 400, "validation_failed"),
        ({"phone": "11 98765-4321"}, 400, "validation_failed"),
        ({"phone": "+123"}, 400, "validation_failed"),
        ({"email": "ana"}, 400, "validation_failed"),
        ({"name": "Ana", "timezone": "Sao Paulo"}, 400, "validation_failed"),
        ({"name": "Ana", "timezone": "../etc/passwd"}, 400, "validation_failed"),
        ({"name": "Ana", "language": "Portuguese!"}, 400, "validation_failed"),
        ({"name": "Ana", "tags": [""]}, 400, "validation_failed"),
        ({"name": "Ana", "tags": [f"t{number}" for number in range(51)]}, 400, "validation_failed"),
        ({"name": "Ana\u0000"}, 422, "invalid_text"),
    ],
)
async def test_bad_contacts_are_refused(
    world: Any, line: Any, caller: Any, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = await caller.call("POST", "/v1/contacts", json=fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert await world.nodes(line.tenant) == []


async def test_bad_bodies_are_refused(caller: Any) -> None:
    headers = {"content-type": "application/json"}
    for content, code in ((b"{", "malformed_json"), (b'{"name":"\xff"}', "invalid_utf8")):
        answer = await caller._client.post(
            "/v1/contacts", content=content, headers={**caller._headers, **headers}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    big = {"name": "a" * 1_100_000}
    assert (await caller.call("POST", "/v1/contacts", json=big)).status_code == 413


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": "+551187654321"},
        {"email": "ANA@example.com"},
        {"external_id": "crm-7"},
    ],
)
async def test_an_identity_has_one_contact(caller: Any, fields: dict[str, str]) -> None:
    owner = await caller.create(phone=PHONE, email="ana@example.com", external_id="crm-7")
    other = await caller.create(name="Bia")
    for method, path in (("POST", "/v1/contacts"), ("PATCH", f"/v1/contacts/{other['id']}")):
        answer = await caller.call(method, path, json={"name": "Bia", **fields})
        assert (answer.status_code, answer.json()["code"]) == (409, "identity_taken")
        assert owner["id"] in answer.json()["detail"]
    # One's own is no conflict.
    await caller.change(owner["id"], name="Ana", **fields)


async def test_creating_a_deleted_contact_again_brings_it_back(
    world: Any, line: Any, caller: Any
) -> None:
    await world.take(line.message(JID, push_name="mari"))
    (node,) = await world.nodes(line.tenant)
    await caller.call("DELETE", f"/v1/contacts/{node}")
    made = await caller.create(name="Maria", phone=PHONE, email="maria@example.com")
    assert (made["id"], made["name"], made["version"]) == (str(node), "Maria", 3)
    assert made["first_interaction_at"] is not None
    types = [event.type for event in await world.events(line.tenant)]
    assert types[-3:] == ["contact.deleted", "contact.restored", "contact.updated"]


async def test_fields_are_changed_and_cleared(world: Any, line: Any, caller: Any) -> None:
    made = await caller.create(name="Ana", phone=PHONE, email="ana@example.com", tags=["a"])
    path = f"/v1/contacts/{made['id']}"
    changed = await caller.change(made["id"], name="Ana Maria", phone=None, tags=["b"])
    assert (changed["name"], changed["phone"], changed["tags"]) == ("Ana Maria", None, ["b"])
    assert changed["email"] == "ana@example.com"
    assert (changed["version"], changed["name_source"]) == (2, "person")
    _, updated, renamed = await world.events(line.tenant)
    assert updated.type == "contact.updated"
    assert updated.data.changed == ["name", "phone", "tags"]
    assert (updated.data.name, updated.data.phone) == ("Ana Maria", None)
    assert renamed.type == "contact.name_changed"
    assert (renamed.data.old_name, renamed.data.new_name) == ("Ana", "Ana Maria")
    assert renamed.data.changed_by is not None
    assert updated.envelope.sequence == renamed.envelope.sequence == 2
    # What it gave up is free for another one, what nothing changed says nothing.
    assert (await caller.create(phone=PHONE))["id"] != made["id"]
    assert await caller.change(made["id"], name="Ana Maria") == changed
    assert await caller.change(made["id"]) == changed
    assert await caller.get(path) == changed
    assert len(await world.events(line.tenant)) == 4
    cleared = await caller.change(made["id"], name=None, language=None)
    assert (cleared["name"], cleared["name_source"]) == (None, None)


async def test_a_proven_phone_stays_with_its_contact(world: Any, line: Any, caller: Any) -> None:
    await world.take(line.message(JID))
    (node,) = await world.nodes(line.tenant)
    assert (await caller.change(node, phone=None))["phone"] is None
    answer = await caller.call("POST", "/v1/contacts", json={"phone": PHONE})
    assert answer.json()["code"] == "identity_taken"
    await world.take(line.message(JID))
    assert await world.nodes(line.tenant) == [node]


@pytest.mark.parametrize("fields", [{"timezone": "Mars/Olympus"}, {"email": "x"}, {"id": "7"}])
async def test_bad_changes_are_refused(caller: Any, fields: dict[str, Any]) -> None:
    made = await caller.create(name="Ana")
    answer = await caller.call("PATCH", f"/v1/contacts/{made['id']}", json=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert await caller.get(f"/v1/contacts/{made['id']}") == made


async def test_what_is_not_there_is_not_found(caller: Any) -> None:
    path = f"/v1/contacts/{uuid4()}"
    for method, suffix, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Ana"}),
        ("DELETE", "", None),
        ("GET", "/identities", None),
        ("POST", "/merge", {"contact_ids": [str(uuid4())]}),
        ("POST", "/unmerge", None),
    ):
        answer = await caller.call(method, path + suffix, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "contact_not_found")
    answer = await caller.call("GET", "/v1/contacts/not-an-id")
    assert answer.status_code == 404


async def test_deleting_is_soft_and_told(world: Any, line: Any, caller: Any) -> None:
    made = await caller.create(name="Ana", phone=PHONE)
    path = f"/v1/contacts/{made['id']}"
    assert (await caller.call("DELETE", path)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await caller.call(method, path)).status_code == 404
    assert (
        await caller.all() == await caller.all(search="ana") == await caller.all(phone=PHONE) == []
    )
    deleted = (await world.events(line.tenant))[-1]
    assert (deleted.type, deleted.envelope.sequence) == ("contact.deleted", 2)
    assert await world.nodes(line.tenant) == [UUID(made["id"])]


async def test_the_list_has_the_newest_first_page_after_page(caller: Any) -> None:
    made = [(await caller.create(name=f"Contact {number}"))["id"] for number in range(7)]
    listed = await caller.all(limit=3)
    assert [each["id"] for each in listed] == made[::-1]
    pages = await caller.get("/v1/contacts", limit=7)
    assert pages["next_cursor"] is None


async def test_pages_and_cursors_are_checked(caller: Any) -> None:
    for number in range(3):
        await caller.create(name=f"Contact {number}")
    cursor = (await caller.get("/v1/contacts", limit=1))["next_cursor"]
    for query, code in (
        ({"limit": "201"}, "page_size_too_large"),
        ({"limit": "0"}, "validation_failed"),
        ({"limit": "x"}, "validation_failed"),
        ({"cursor": "x"}, "invalid_cursor"),
        ({"cursor": cursor, "search": "contact"}, "invalid_cursor"),
        ({"sort": "name"}, "unknown_parameter"),
        ({"created_after": "2026-01-01T00:00:00"}, "validation_failed"),
        ({"created_after": "yesterday"}, "validation_failed"),
    ):
        answer = await caller.call("GET", "/v1/contacts", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, code), query


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("joão", {"João da Silva"}),
        ("JOAO", {"João da Silva"}),
        ("sil", {"João da Silva", "Maria Silvana"}),
        ("silva jo", {"João da Silva"}),
        ("da", {"João da Silva"}),
        ("lva", set()),
        ("maria silvana", {"Maria Silvana"}),
        ("maria silvana x", set()),
        ("loja 24", {"Loja 24h"}),
        ("100%_", {"100%_"}),
        ("!!", set()),
    ],
)
async def test_names_are_found_by_beginnings_of_words(
    caller: Any, search: str, found: set[str]
) -> None:
    for name in ("João da Silva", "Maria Silvana", "Loja 24h", "100%_"):
        await caller.create(name=name)
    assert {each["name"] for each in await caller.all(search=search)} == found
    assert {each["name"] for each in await caller.all(search=search, limit=1)} == found


@pytest.mark.parametrize(
    "form",
    [
        "+55 11 98765-4321",
        "+55 (11) 8765-4321",
        "11 98765 4321",
        "(011) 8765.4321",
        "5511987654321",
    ],
)
async def test_phones_are_found_in_any_form(caller: Any, form: str) -> None:
    made = await caller.create(name="Ana", phone=PHONE)
    await caller.create(name="Bia", phone="+551132109876")
    assert [each["id"] for each in await caller.all(phone=form)] == [made["id"]]
    assert await caller.all(phone="nothing") == await caller.all(phone="+14155552671") == []


async def test_filters_narrow_together(caller: Any) -> None:
    one = await caller.create(name="Ana Lima", email="ana@example.com", tags=["vip", "vip2"])
    two = await caller.create(name="Ana Souza", external_id="crm-7", tags=["vip2"])

    async def found(**query: object) -> list[str]:
        return [each["id"] for each in await caller.all(**query)]

    assert await found(tag="vip") == [one["id"]]
    assert await found(tag="vip2") == [two["id"], one["id"]]
    assert await found(email="ANA@example.com") == [one["id"]]
    assert await found(external_id="crm-7") == [two["id"]]
    assert await found(search="ana", tag="vip2", external_id="crm-7") == [two["id"]]
    assert await found(search="ana", email="ana@example.com", external_id="crm-7") == []
    moment = datetime.fromisoformat(two["created_at"])
    assert await found(created_after=moment.isoformat()) == [two["id"]]
    assert await found(created_before=moment.isoformat()) == [one["id"]]
    later = moment + timedelta(seconds=1)
    assert await found(search="ana", created_after=later.isoformat()) == []
    await caller.change(one["id"], name="Bia", tags=[])
    assert await found(search="ana") == [two["id"]]
    assert await found(tag="vip") == []


async def test_merged_contacts_read_as_one(world: Any, line: Any, caller: Any) -> None:
    await world.take(line.message(JID, push_name="mari"))
    (node,) = await world.nodes(line.tenant)
    other = await caller.create(name="Maria Lima", email="m@example.com", tags=["vip"])
    person = await caller.merge(node, other["id"])
    assert person["id"] == str(node)
    assert person["node_ids"] == [str(node), other["id"]]
    assert (person["name"], person["name_source"]) == ("Maria Lima", "person")
    assert (person["phone"], person["email"], person["tags"]) == (PHONE, "m@example.com", ["vip"])
    assert await caller.get(f"/v1/contacts/{other['id']}") == person
    for query in ({}, {"search": "lima"}, {"phone": PHONE}, {"search": "lima", "phone": PHONE}):
        assert [each["id"] for each in await caller.all(**query)] == [str(node)]
    identities = await caller.get(f"/v1/contacts/{other['id']}/identities")
    assert {each["contact_id"] for each in identities["items"]} == {str(node), other["id"]}

    (merged,) = await world.events(line.tenant, "contact.merged")
    assert merged.data.merge_strategy == "manual"
    assert merged.data.merged_contact_ids == [UUID(other["id"])]
    # Again is no news; an identity of a part is the person's own.
    assert await caller.merge(other["id"], node) == person
    await caller.change(node, email="M@example.com")
    assert len(await world.events(line.tenant, "contact.merged")) == 1

    alone = await caller.unmerge(other["id"])
    assert (alone["id"], alone["node_ids"], alone["phone"]) == (other["id"], [other["id"]], None)
    assert len(await caller.all()) == 2
    answer = await caller.call("POST", f"/v1/contacts/{other['id']}/unmerge")
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_merged")


async def test_merging_many_makes_one_edge_each(world: Any, line: Any, caller: Any) -> None:
    ids = [(await caller.create(name=f"Ana {number}"))["id"] for number in range(5)]
    await caller.merge(ids[1], ids[2])
    person = await caller.merge(ids[0], ids[1], ids[2], ids[3], ids[3])
    assert person["node_ids"] == ids[:4]
    merged = await world.events(line.tenant, "contact.merged")
    assert [(e.data.primary_contact_id, e.envelope.subject) for e in merged] == [
        (UUID(ids[1]), ids[2]),
        (UUID(ids[0]), ids[1]),
        (UUID(ids[0]), ids[3]),
    ]
    assert (await caller.unmerge(ids[1]))["node_ids"] == [ids[1], ids[2]]


@pytest.mark.parametrize("ids", [[], ["x"], [str(uuid4())] * 51])
async def test_bad_merges_are_refused(caller: Any, ids: list[str]) -> None:
    made = await caller.create(name="Ana")
    path = f"/v1/contacts/{made['id']}/merge"
    answer = await caller.call("POST", path, json={"contact_ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    answer = await caller.call("POST", path, json={"contact_ids": [made["id"]]})
    assert (answer.status_code, answer.json()["code"]) == (422, "merge_with_itself")


async def test_a_reader_changes_nothing(world: Any, line: Any, caller: Any) -> None:
    made = await caller.create(name="Ana")
    reader = world.caller(line.tenant, "readonly")
    assert await reader.get(f"/v1/contacts/{made['id']}") == made
    path = f"/v1/contacts/{made['id']}"
    for method, route, body in (
        ("POST", "/v1/contacts", {"name": "Bia"}),
        ("PATCH", path, {"name": "Bia"}),
        ("DELETE", path, None),
        ("POST", f"{path}/merge", {"contact_ids": [str(uuid4())]}),
        ("POST", f"{path}/unmerge", None),
    ):
        assert (await reader.call(method, route, json=body)).status_code == 403
    assert (await world.caller(line.tenant)._client.get(path)).status_code == 401
