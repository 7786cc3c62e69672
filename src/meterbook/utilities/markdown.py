"""A utility's guide as a Markdown page (GitHub's dialect). Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meterbook.utilities.entry import Method, Utility
from meterbook.utilities.render import (
    DATA,
    PROOF,
    STATUS,
    as_of,
    format_name,
    next_command,
    parties,
    programmes,
    standard_facts,
    standards,
    title,
)


def page(entry: Utility) -> str:
    """The whole page, ending with a line feed; sources are linked from each part."""
    blocks = [f"# {_plain(title(entry))}", *_about(entry)]
    if entry.methods:
        blocks += ["## Ways to the data", _overview(entry.methods)]
    for method in entry.methods:
        blocks += _method(method)
    blocks += [
        *_older(entry),
        *_standards(entry),
        *_metering(entry),
        *_tariffs(entry),
        *_programmes(entry),
        *_faqs(entry),
    ]
    blocks += [*_contacts(entry), *_notes(entry), *_sources(entry), "## Next", f"```sh\n{next_command(entry)}\n```"]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _about(entry: Utility) -> list[str]:
    about = entry.about
    rows = [
        ("States", ", ".join(entry.states) or None),
        ("Kind", about.kind.replace("-", " ") if about else None),
        ("Territory", about.territory if about else None),
        ("Since", str(about.founded) if about and about.founded else None),
        ("Accounts", f"about {about.accounts:,}" if about and about.accounts else None),
        ("EIA number", str(about.eia_id) if about and about.eia_id else None),
        ("Power supplier", about.supplier if about else None),
        ("Time zone", entry.zone or "not known" + _offer(entry)),
        ("Portal", ", ".join(filter(None, (entry.portal.name, entry.portal.product)))),
        ("Portal host", f"`{entry.portal.host}`" if entry.portal.host else "not known"),
        ("Portal page", f"<{entry.portal.url}>" if entry.portal.url else None),
        ("Portal history", entry.portal.history),
        ("Several accounts", entry.portal.several_accounts),
        ("As of", as_of(entry)),
        ("Services", ", ".join(service.category for service in entry.services) or None),
    ]
    shows = [f"The portal shows:\n\n{_bullets(entry.portal.shows)}"] if entry.portal.shows else []
    source = sorted(
        {*entry.source, *(about.source if about else []), *entry.portal.source}, key=list(entry.sources).index
    )
    return [_table(("", ""), [(name, value) for name, value in rows if value]), *shows, _from(source)]


def _offer(entry: Utility) -> str:
    offered = entry.zones_offered
    return f" (in use in {', '.join(entry.states)}: {', '.join(offered)})" if offered else ""


def _overview(methods: Sequence[Method]) -> str:
    head = (
        "Method",
        "You",
        "Others",
        "Customers",
        "Data",
        "Finest",
        "Goes back",
        "Delay",
        "Formats",
        "Status",
        "Proven",
    )
    rows = [
        (
            f"[{method.name}](#{method.id})",
            "yes" if "first" in method.parties else "no",
            "yes" if "third" in method.parties else "no",
            ", ".join(method.customer_types),
            ", ".join(DATA[kind] for kind in method.data),
            method.finest or "not known",
            method.history or "not known",
            method.latency or "not known",
            ", ".join(format_name(form) for form in method.formats) or "not known",
            STATUS[method.status],
            method.proven.status,
        )
        for method in methods
    ]
    return _table(head, rows)


def _method(method: Method) -> list[str]:
    who = {
        "you": "the customer",
        "others": "an authorized third party",
        "either": "the customer or an authorized third party",
    }
    facts = [
        f"For: {who[parties(method)]}",
        f"Needs: {method.auth}" if method.auth else None,
        f"Cost: {method.cost}" if method.cost else None,
        f"Ask: {method.contact}" if method.contact else None,
        f"State in the request: {', '.join(method.request_fields)}" if method.request_fields else None,
        f"Proven: {PROOF[method.proven.status]}. {method.proven.note}",
    ]
    return [
        f'<a id="{method.id}"></a>',
        f"### {_plain(method.name)}",
        _bullets(fact for fact in facts if fact),
        _numbered(method.steps),
        _plain(method.note or ""),
        _from(method.source),
    ]


def _older(entry: Utility) -> list[str]:
    older = entry.older_history
    if older is None:
        return []
    asked = f"Ask: {older.contact}." if older.contact else ""
    link = f"What to state: see [{older.method}](#{older.method})." if older.method else ""
    said = " ".join(filter(None, (_plain(asked), link)))
    return ["## Older than the portal shows", _plain(older.text), said, _numbered(older.steps), _from(older.source)]


def _standards(entry: Utility) -> list[str]:
    rows = [
        (
            name,
            STATUS[standard.status if standard else None],
            " ".join(standard_facts(standard)),
            _links(standard.source) if standard else "",
        )
        for name, standard in standards(entry)
    ]
    steps = [
        f"{name}:\n\n{_numbered(standard.steps)}" for name, standard in standards(entry) if standard and standard.steps
    ]
    return ["## Standards", _table(("Door", "Status", "Note", "Source"), rows), *steps] if rows else []


def _metering(entry: Utility) -> list[str]:
    metering = entry.metering
    if metering is None:
        return []
    facts = [
        f"Interval: {metering.interval_minutes} minutes" if metering.interval_minutes else None,
        {True: "Smart meters: yes", False: "Smart meters: no", None: None}[metering.ami],
        f"Since: {metering.since}" if metering.since else None,
        metering.technology,
        metering.note,
        *(
            f"{service.category}: {', '.join(service.portal_codes) or 'portal code not known'}"
            + (f". {service.note}" if service.note else "")
            + f" ({_links(service.source)})"
            for service in entry.services
        ),
    ]
    shows = ["A bill shows:", _bullets(f"{fact.text} ({_links(fact.source)})" for fact in entry.bill_shows)]
    return [
        "## Meters and bills",
        _bullets(fact for fact in facts if fact),
        _from(metering.source),
        *(shows if entry.bill_shows else []),
    ]


def _tariffs(entry: Utility) -> list[str]:
    tariffs = entry.tariffs
    if tariffs is None:
        return []
    rows = [(f"`{code.code}`", code.name, code.kind, ", ".join(code.features)) for code in tariffs.codes]
    return [
        "## Rate schedules and riders",
        _table(("Code", "Name", "Class", "Features"), rows) if rows else "",
        _bullets(tariffs.features),
        _plain(tariffs.note or ""),
        f"Published at <{tariffs.url}>." if tariffs.url else "",
        _from(tariffs.source),
    ]


def _programmes(entry: Utility) -> list[str]:
    blocks = []
    for programme in programmes(entry):
        blocks += [f"## {_plain(programme.name)}", f"{_plain(programme.kind).capitalize()}.", _bullets(programme.facts)]
        blocks += [_numbered(programme.steps), _plain(programme.note or ""), _from(programme.source)]
    return blocks


def _faqs(entry: Utility) -> list[str]:
    blocks = ["## Questions"] if entry.faqs else []
    for faq in entry.faqs:
        blocks += [f"### {_plain(faq.question)}", _plain(faq.answer), _from(faq.source)]
    return blocks


def _contacts(entry: Utility) -> list[str]:
    rows = [
        (
            contact.role,
            contact.phone or "",
            contact.email or "",
            f"<{contact.url}>" if contact.url else "",
            contact.note or "",
            _links(contact.source),
        )
        for contact in entry.contacts
    ]
    return ["## Whom to ask", _table(("For", "Phone", "E-mail", "Page", "Note", "Source"), rows)] if rows else []


def _notes(entry: Utility) -> list[str]:
    notes = [entry.zone_note] if entry.zone_note else []
    notes += [f"{note.text} ({_links(note.source)})" for note in entry.notes]
    return ["## Worth knowing", _bullets(notes)] if notes else []


def _sources(entry: Utility) -> list[str]:
    lines = []
    for key, source in entry.sources.items():
        name = f"[{_plain(source.title)}](<{source.url}>)" if source.url else _plain(source.title)
        publisher = f", {_plain(source.publisher)}" if source.publisher else ""
        lines.append(f'- <a id="source-{key}"></a>{name}{publisher}, {source.date or "undated"}')
    return ["## Sources", "\n".join(lines)]


# -- pieces ----------------------------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(words: str) -> str:
    return (words if words.startswith("<http") else _plain(words)).replace("|", "\\|")


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(item)}" for item in items)


def _numbered(items: Iterable[str]) -> str:
    return "\n".join(f"{number}. {_plain(item)}" for number, item in enumerate(items, 1))


def _from(keys: Iterable[str]) -> str:
    return f"Source: {_links(keys)}"


def _links(keys: Iterable[str]) -> str:
    return ", ".join(f"[{key}](#source-{key})" for key in keys)


def _plain(words: str) -> str:
    """One line of running text that can't be taken for HTML."""
    return " ".join(words.split()).replace("<", "\\<")
