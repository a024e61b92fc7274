"""The catalogue for people: one HTML file without a server, a network or a library.

Everything is in the page as text, so it can be read, searched and printed without a script; the
script only hides what was not asked for.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from checks.contracts import fields, places, release
from checks.contracts.compatibility import shape
from checks.contracts.places import HOME, Document
from proto_events.registry import ONE_QUEUE, PIPELINE_EXCHANGE

_ASSETS: Final = Path(__file__).parent / "assets"
_CODE: Final = re.compile(r"`([^`]+)`")

_CLASSES: Final = {
    "none": "says nothing of people",
    "personal": "who or what somebody is",
    "sensitive": "what people said or entered",
}


def text(schemas: Mapping[str, Document], home: Path = HOME) -> str:
    """The page of these schemas, with what the folder tells of consumers, output and releases."""
    consumers = places.consumers(home)
    produced = places.produced(home)
    lives = release.history(home)
    released = release.schemas(home)
    rows = {
        name: _event(
            name,
            schema,
            readers=consumers.get(name, []),
            produced=name in produced,
            since=_since(lives.get(name), released.get(name), schema),
        )
        for name, schema in schemas.items()
    }
    by_producer = sorted(schemas, key=lambda name: (schemas[name]["x-producer"], name))
    groups = groupby(by_producer, key=lambda name: str(schemas[name]["x-producer"]))
    body = "\n".join(_group(producer, [rows[name] for name in names]) for producer, names in groups)
    count = len(schemas)
    now = sum(name in produced for name in schemas)
    last = release.version(home)
    return _PAGE.format(
        style=(_ASSETS / "page.css").read_text(),
        script=(_ASSETS / "page.js").read_text(),
        version=escape(release.package_version(home)),
        last=f"last release {escape(last)}" if last else "not yet released",
        count=count,
        produced=now,
        planned=count - now,
        producers=_options(sorted({str(schema["x-producer"]) for schema in schemas.values()})),
        classes=_options(_CLASSES),
        body=body,
    )


_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ventros events</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#events">Skip to the events</a>
<header>
<h1>Ventros events</h1>
<p>What the services say to each other and to other teams, as CloudEvents on RabbitMQ.
Version {version}, {last}. {count} events: {produced} produced today, {planned} planned.</p>
</header>
<form role="search" id="filter" hidden>
<label class="words"><span>Search</span>
<input type="search" id="words" placeholder="contact, phone, session ended …" autocomplete="off"
 aria-keyshortcuts="/" spellcheck="false"></label>
<label><span>Producer</span><select id="producer"><option value="">any</option>{producers}</select>
</label>
<label><span>Data</span><select id="class"><option value="">any</option>{classes}</select></label>
<label><span>State</span><select id="state"><option value="">any</option>
<option>produced</option><option>planned</option></select></label>
<output id="shown" aria-live="polite"></output>
<p class="keys"><kbd>/</kbd> search <kbd>↓</kbd> <kbd>↑</kbd> move <kbd>Enter</kbd> open
<kbd>Esc</kbd> start over</p>
</form>
<main id="events">
{body}
<p id="nothing" hidden>No event is like that.</p>
</main>
<script>
{script}</script>
</body>
</html>
"""


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in values)


def _group(producer: str, rows: list[str]) -> str:
    title = f'<h2>{escape(producer)} <span class="count">{len(rows)}</span></h2>'
    return "\n".join([f'<section data-producer="{escape(producer)}">', title, *rows, "</section>"])


def _event(name: str, schema: Document, *, readers: list[str], produced: bool, since: str) -> str:
    tables = fields.tables(schema)
    state = "produced" if produced else "planned"
    data_class = str(schema["x-data-class"])
    about = str(schema["description"])
    words = " ".join(
        [name, about, *readers, *(field.name for table in tables for field in table.fields)]
    )
    inside = schema["x-exchange"] == PIPELINE_EXCHANGE
    chips = [
        f'<span class="chip {data_class}" title="{_CLASSES[data_class]}">{data_class}</span>',
        f'<span class="chip {state}">{state}</span>',
    ]
    if inside:
        chips.insert(0, '<span class="chip inside" title="between our services">internal</span>')
    person = schema["x-person"]
    facts = {
        "Producer": escape(str(schema["x-producer"])),
        "Consumers": escape(", ".join(readers)) or "none has a contract",
        "Aggregate": f"<code>{escape(str(schema['x-aggregate']))}</code>",
        "Data": f"{data_class}: {_CLASSES[data_class]}",
        "Person": f"<code>data.{escape(person)}</code>" if person else "nobody",
        **_way(name, str(schema["x-exchange"])),
        "Since": since,
        "Schema": f'<a href="{places.SCHEMAS}/{escape(name)}.json">{escape(name)}.json</a>',
    }
    terms = "".join(f"<div><dt>{term}</dt><dd>{fact}</dd></div>" for term, fact in facts.items())
    example = json.dumps(schema["examples"][0], indent=2, ensure_ascii=False)
    return "\n".join(
        [
            f'<details id="{escape(name)}" data-class="{data_class}" data-state="{state}"'
            f' data-words="{escape(words.lower())}">',
            f"<summary><code>{escape(name)}</code>"
            f'<span class="about">{_prose(about.partition(chr(10))[0])}</span>'
            f'<span class="chips">{"".join(chips)}</span></summary>',
            '<div class="event">',
            *(f"<p>{_prose(part)}</p>" for part in about.split("\n\n")),
            f"<dl>{terms}</dl>",
            *(_table(table) for table in tables),
            f'<h3>Example</h3><pre tabindex="0"><code>{escape(example, quote=False)}</code></pre>',
            "</div>",
            "</details>",
        ]
    )


def _way(name: str, exchange: str) -> dict[str, str]:
    if exchange == ONE_QUEUE:
        return {"Exchange": "none: to the one queue that an operator names"}
    lane = ".&lt;lane&gt;" if exchange == PIPELINE_EXCHANGE else ""
    return {
        "Exchange": f"<code>{escape(exchange)}</code>",
        "Routing key": f"<code>{escape(name)}{lane}</code>",
    }


def _table(table: fields.Table) -> str:
    rows = "\n".join(
        f"<tr><th scope=row><code>{escape(field.name)}</code></th>"
        f"<td>{escape(field.type)}</td>"
        f"<td>{'always' if field.required else 'optional'}</td><td>{_prose(field.note)}</td></tr>"
        for field in table.fields
    )
    about = f"<p>{_prose(table.about)}</p>" if table.about else ""
    return (
        f'<h3>{escape(table.title)}</h3>{about}<div class="table" tabindex="0"><table>'
        "<thead><tr><th scope=col>Field<th scope=col>Type<th scope=col>Said<th scope=col>Note"
        f"</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def _prose(text: str) -> str:
    """Words of a docstring: names between backticks become code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def _since(life: release.Life | None, released: Document | None, schema: Document) -> str:
    if life is None:
        return "not yet released"
    changes = [f"changed in {escape(version)}" for version in life.changed]
    if released is not None and shape(released) != shape(schema):
        changes.append("changed since, not yet released")
    return ", ".join([escape(life.since), *changes])
