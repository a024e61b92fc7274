"""The row-level-security check: reads the catalogue of a schema and names every hole.

What must hold of every table is in the architecture's "Tenancy in the database"; what may differ
is in `policies.toml`, line by line, with its reason.
"""

import tomllib
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from platform_postgres.database import Tx

TENANT_CHECK = (
    "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid "
    'AS "nullif"))'
)
"""The one condition of a tenant policy, as PostgreSQL prints it back."""


class Violation(msgspec.Struct, frozen=True, order=True):
    """One broken rule at one object, e.g. (`contacts.note`, `force is off`)."""

    subject: str
    rule: str


class _Exception(msgspec.Struct, frozen=True):
    schema: str
    table: str
    why: str
    role: str = ""
    command: str = ""
    columns: str = ""


class Exceptions(msgspec.Struct, frozen=True):
    """The lines of `policies.toml`."""

    policy: list[_Exception] = []
    untenanted: list[_Exception] = []
    index: list[_Exception] = []

    @classmethod
    def read(cls, path: Path | None = None) -> "Exceptions":
        """Read the file (by default the one beside this module).

        Raises:
            msgspec.ValidationError: a line without its reason.
        """
        text = (path or Path(__file__).with_name("policies.toml")).read_text()
        return msgspec.convert(tomllib.loads(text), cls)

    def untenanted_table(self, schema: str, table: str) -> bool:
        return any(_covers(line, schema, table) for line in self.untenanted)

    def allows_index(self, schema: str, table: str, columns: str) -> bool:
        return any(_covers(line, schema, table) and line.columns == columns for line in self.index)

    def allows_policy(self, schema: str, table: str, role: str, command: str) -> bool:
        return any(
            _covers(line, schema, table) and (line.role, line.command) == (role, command)
            for line in self.policy
        )


def _covers(line: _Exception, schema: str, table: str) -> bool:
    return line.table == table and line.schema in ("*", schema)


async def check(
    connection: "Tx | asyncpg.Connection[Any]",
    schema: str,
    exceptions: Exceptions | None = None,
) -> list[Violation]:
    """Every violation in `schema`, sorted; none means that the schema keeps the rules."""
    allowed = exceptions or Exceptions.read()
    found = [
        *await _tables(connection, schema, allowed),
        *await _policies(connection, schema, allowed),
        *await _indexes(connection, schema, allowed),
        *await _foreign_keys(connection, schema, allowed),
        *await _views(connection, schema),
        *await _roles(connection, schema),
        *await _ways_around(connection, schema),
    ]
    return sorted(set(found))


async def _tables(
    connection: "Tx | asyncpg.Connection[Any]", schema: str, allowed: Exceptions
) -> list[Violation]:
    rows = await connection.fetch(
        """
        SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
               c.relispartition AS partition, pg_get_userbyid(c.relowner) AS owner,
               EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
                       AND a.attname = 'tenant_id' AND a.attnotnull) AS tenanted,
               (SELECT a.attname FROM pg_index i
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary) AS key_leads,
               (SELECT count(*) FROM pg_policies p WHERE p.schemaname = $1
                AND p.tablename = c.relname AND p.policyname = 'tenant') AS tenant_policies
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
        """,
        schema,
    )
    found: list[Violation] = []
    for row in rows:
        subject = f"{schema}.{row['name']}"
        if row["owner"] != f"{schema}_owner":
            found.append(Violation(subject, f"is owned by {row['owner']}"))
        if row["partition"] or allowed.untenanted_table(schema, row["name"]):
            continue
        rules = {
            "has no tenant_id that is not null": row["tenanted"],
            "has row-level security switched off": row["enabled"],
            "does not force row-level security": row["forced"],
            "has a primary key that does not lead with tenant_id": row["key_leads"] == "tenant_id",
            "has no policy named tenant": row["tenant_policies"] == 1,
        }
        found += [Violation(subject, rule) for rule, holds in rules.items() if not holds]
    return found


async def _policies(
    connection: "Tx | asyncpg.Connection[Any]", schema: str, allowed: Exceptions
) -> list[Violation]:
    rows = await connection.fetch(
        """
        SELECT tablename, policyname, permissive, roles::text[] AS roles, cmd, qual, with_check
        FROM pg_policies WHERE schemaname = $1
        """,
        schema,
    )
    found: list[Violation] = []
    for row in rows:
        subject = f"{schema}.{row['tablename']}.{row['policyname']}"
        if row["policyname"] == "tenant":
            if row["roles"] != [f"{schema}_app"]:
                found.append(Violation(subject, "is not for the app role alone"))
            if row["cmd"] != "ALL":
                found.append(Violation(subject, "is not for every command"))
            if row["qual"] != TENANT_CHECK:
                found.append(Violation(subject, "does not read by the tenant"))
            if row["with_check"] != TENANT_CHECK:
                found.append(Violation(subject, "does not write by the tenant"))
            continue
        for role in row["roles"]:
            short = role.removeprefix(f"{schema}_")
            if not allowed.allows_policy(schema, row["tablename"], short, row["cmd"]):
                found.append(
                    Violation(subject, f"lets {role} {row['cmd']} and is not in policies.toml")
                )
    return found


async def _indexes(
    connection: "Tx | asyncpg.Connection[Any]", schema: str, allowed: Exceptions
) -> list[Violation]:
    rows = await connection.fetch(
        """
        SELECT t.relname AS table_name, i.relname AS index_name,
               (SELECT string_agg(coalesce(a.attname, '(expression)'), ',' ORDER BY k.place)
                FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
               ) AS columns
        FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class t ON t.oid = x.indrelid AND NOT t.relispartition
        JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE n.nspname = $1
        """,
        schema,
    )
    return [
        Violation(f"{schema}.{row['index_name']}", "does not lead with tenant_id")
        for row in rows
        if row["columns"].split(",")[0] != "tenant_id"
        and not allowed.untenanted_table(schema, row["table_name"])
        and not allowed.allows_index(schema, row["table_name"], row["columns"])
    ]


async def _foreign_keys(
    connection: "Tx | asyncpg.Connection[Any]", schema: str, allowed: Exceptions
) -> list[Violation]:
    rows = await connection.fetch(
        """
        SELECT k.conname AS name, t.relname AS table_name, f.relname AS target,
               fn.nspname AS target_schema,
               EXISTS (SELECT 1 FROM unnest(k.conkey) WITH ORDINALITY AS c (number, place)
                       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.number
                       WHERE a.attname = 'tenant_id') AS tenanted
        FROM pg_constraint k
        JOIN pg_class t ON t.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        JOIN pg_class f ON f.oid = k.confrelid
        JOIN pg_namespace fn ON fn.oid = f.relnamespace
        WHERE n.nspname = $1 AND k.contype = 'f'
        """,
        schema,
    )
    found: list[Violation] = []
    for row in rows:
        subject = f"{schema}.{row['table_name']}.{row['name']}"
        if row["target_schema"] != schema:
            found.append(Violation(subject, f"points into the schema {row['target_schema']}"))
        if not row["tenanted"] and not allowed.untenanted_table(schema, row["target"]):
            found.append(Violation(subject, "is a foreign key without tenant_id"))
    return found


async def _views(connection: "Tx | asyncpg.Connection[Any]", schema: str) -> list[Violation]:
    rows = await connection.fetch(
        """
        SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1
          AND (c.relkind = 'm' OR c.relkind = 'v'
               AND NOT coalesce(c.reloptions, '{}') && ARRAY['security_invoker=true',
                                                             'security_invoker=on'])
        """,
        schema,
    )
    return [
        Violation(f"{schema}.{row['name']}", "is a view without its reader's rights")
        for row in rows
    ]


async def _roles(connection: "Tx | asyncpg.Connection[Any]", schema: str) -> list[Violation]:
    """No role of the service goes around row-level security, none of another has rights here."""
    strong = await connection.fetch(
        """
        SELECT rolname FROM pg_roles
        WHERE rolname LIKE $1 || '\\_%' AND (rolbypassrls OR rolsuper)
        """,
        schema,
    )
    strange = await connection.fetch(
        """
        SELECT c.relname AS name, g.grantee::regrole::text AS grantee
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL aclexplode(c.relacl) AS g
        WHERE n.nspname = $1
          AND g.grantee::regrole::text NOT IN
              ($1 || '_owner', $1 || '_app', $1 || '_relay', $1 || '_system')
        """,
        schema,
    )
    return [
        *(Violation(row["rolname"], "goes around row-level security") for row in strong),
        *(
            Violation(f"{schema}.{row['name']}", f"gives rights to {row['grantee']}")
            for row in strange
        ),
    ]


async def _ways_around(connection: "Tx | asyncpg.Connection[Any]", schema: str) -> list[Violation]:
    """Rights that row-level security does not hold back, in the hands of others than the owner.

    TRUNCATE and REFERENCES do not look at policies (PostgreSQL's manual, 5.9); a trigger runs with
    the rights of who sets it off; a partition that is named itself is read by its own policies,
    and ours have none.
    """
    rows = await connection.fetch(
        """
        SELECT c.relname AS name, c.relispartition AS partition,
               g.grantee::regrole::text AS grantee, g.privilege_type AS privilege
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL aclexplode(c.relacl) AS g
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND g.grantee <> c.relowner
          AND (c.relispartition OR g.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER'))
        """,
        schema,
    )
    return [
        Violation(
            f"{schema}.{row['name']}",
            f"is a partition that {row['grantee']} reaches past its table's policies"
            if row["partition"]
            else f"lets {row['grantee']} {row['privilege']},"
            " which row-level security does not hold back",
        )
        for row in rows
    ]
