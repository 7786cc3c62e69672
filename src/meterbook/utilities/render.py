"""A utility's guide as lines for a terminal of 80 columns, and lists of utilities. Pure: values in, text out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal, NamedTuple

from meterbook.utilities.entry import Method, Programme, Standard, Utility

WIDTH = 80
_LABEL = 12
_HISTORY = 15
_TRADE_SHORT = (
    ("Electric Membership Corporation", "EMC"),
    ("Rural Electric Cooperative", "REC"),
    ("Public Power District", "PPD"),
    ("Public Utility District", "PUD"),
    ("Cooperative", "Co-op"),
    ("Association", "Assn"),
    ("Electric", "El."),
)

STATUS = {
    "available": "available",
    "undocumented": "undocumented",
    "on-request": "on request",
    "announced": "announced",
    "not-available": "not available",
    None: "not known",
}
PROOF = {
    "live": "with a member's log-in",
    "practice": "on the practice co-op",
    "untested": "not tried with Meterbook",
}
DATA = {
    "bills": "bills",
    "usage-intervals": "use by interval",
    "usage-daily": "use by day",
    "usage-monthly": "use by month",
    "cost": "cost",
    "demand": "demand",
    "temperatures": "temperatures",
    "tou-savings": "time-of-use savings",
    "payments": "payments",
    "balances": "balances",
    "alerts": "alerts",
    "reports": "reports",
}
FORMATS = {"web": "web page", "app": "app", "email": "e-mail", "espi-xml": "Green Button XML", "x12": "X12"}


class Line(NamedTuple):
    """A line of output and what it is, for those who colour it."""

    text: str
    kind: Literal["", "title", "head", "dim"] = ""


# -- the list --------------------------------------------------------------------------------------------------------


def listing(found: Sequence[Utility]) -> list[Line]:
    """A line a utility: slug, name, state and zone; what is not known is a dash."""
    cells = [(entry.slug, _states(entry), entry.zone or "–") for entry in found]
    taken = sum(max(map(len, column)) for column in zip(("slug", "state", "zone"), *cells, strict=True))
    name = WIDTH - taken - 2 * 4
    rows = [
        (slug, _short(entry.name, name), state, zone) for entry, (slug, state, zone) in zip(found, cells, strict=True)
    ]
    return table(("slug", "name", "state", "zone"), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Line]:
    """Columns as wide as they need to be, two blanks between them."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    return [Line(lines[0], "dim"), *(Line(line) for line in lines[1:])]


# -- the guide -------------------------------------------------------------------------------------------------------


def text(entry: Utility) -> list[Line]:
    """The guide of a utility: what it is, the ways to its data, each in turn, and whom to ask."""
    lines = [Line(title(entry), "title"), *_about(entry)]
    if entry.methods:
        lines += [*_head("Ways to the data"), *_overview(entry)]
    for method in entry.methods:
        lines += _method(method)
    lines += [*_older(entry), *_standards(entry), *_metering(entry), *_tariffs(entry), *_programmes(entry)]
    for faq in entry.faqs:
        lines += [*_head(faq.question), *_wrap(faq.answer, "  ")]
    lines += [*_contacts(entry), *_notes(entry), *_sources(entry)]
    return [*lines, Line(""), *_wrap(f"Next: {next_command(entry)}", "", "  ")]


def title(entry: Utility) -> str:
    """The name, with the short one where it says more than the slug."""
    return entry.name if entry.short_name in (entry.slug, entry.name) else f"{entry.name} ({entry.short_name})"


def next_command(entry: Utility) -> str:
    """The command that goes on from here."""
    if entry.about is not None and entry.about.kind == "practice":
        return "meterbook practice serve"
    host = "" if entry.portal.host else " --host HOST"
    zone = "" if entry.zone else " --zone ZONE"
    return f"meterbook connect {entry.slug} --user NAME{host}{zone}"


def parties(method: Method) -> str:
    """Who may use a method: you, others, or either."""
    if "third" not in method.parties:
        return "you"
    return "either" if "first" in method.parties else "others"


def as_of(entry: Utility) -> str | None:
    """The date of the newest source that shows one."""
    return max((source.date for source in entry.sources.values() if source.date), default=None)


def _about(entry: Utility) -> list[Line]:
    about = entry.about
    facts = [", ".join(entry.states) or "state not known"]
    if about is not None:
        facts.append(about.kind.replace("-", " "))
        facts += [f"since {about.founded}"] if about.founded else []
        facts += [f"about {about.accounts:,} accounts"] if about.accounts else []
    lines = [Line(" · ".join(facts)), *(_wrap(about.territory, "") if about is not None and about.territory else [])]
    lines += _row("Zone", entry.zone or _zone_unknown(entry))
    lines += _row(
        "Portal", f"{entry.portal.name}, {entry.portal.product}" if entry.portal.product else entry.portal.name
    )
    lines += _row("Host", entry.portal.host or _host_unknown(entry))
    if entry.portal.url and entry.portal.url != f"https://{entry.portal.host}/":
        lines += _row("Page", entry.portal.url)
    lines += _row("Supplier", about.supplier if about is not None else None)
    lines += _row("Services", ", ".join(service.category for service in entry.services))
    lines += _row("As of", as_of(entry))
    if not entry.full:
        lines += _row("Known", "name, state and host alone; docs/utilities.md says how to add the rest")
    return lines


def _host_unknown(entry: Utility) -> str:
    if entry.about is not None and entry.about.kind == "practice":
        return "the address that meterbook practice serve prints"
    return "not known; take it from the browser's address line"


def _zone_unknown(entry: Utility) -> str:
    offered = entry.zones_offered
    return f"not known; in use in {', '.join(entry.states)}: {', '.join(offered)}" if offered else "not known"


def _overview(entry: Utility) -> list[Line]:
    rows = [
        (
            method.id,
            parties(method),
            method.finest or "–",
            _cut((method.history or "–").partition(",")[0], _HISTORY),
            STATUS[method.status],
            method.proven.status,
        )
        for method in entry.methods
    ]
    head = ("method", "who", "finest", "goes back", "status", "proven")
    return table(head, rows)


def _method(method: Method) -> list[Line]:
    lines = [Line(""), *_wrap(f"{method.name} ({method.id})", "", kind="head")]
    who = {"you": "you", "others": "others whom you authorize", "either": "you, or others whom you authorize"}
    lines += _row("For", f"{', '.join(_customers(method))}; {who[parties(method)]}")
    lines += _row("Gives", ", ".join(DATA[kind] for kind in method.data))
    lines += _row("Finest", method.finest)
    lines += _row("Goes back", method.history)
    lines += _row("Delay", method.latency)
    lines += _row("Comes as", ", ".join(format_name(form) for form in method.formats))
    lines += _row("Needs", method.auth)
    lines += _row("Cost", method.cost)
    lines += _row("Ask", method.contact)
    lines += _row("State", ", ".join(method.request_fields))
    lines += _row("Status", STATUS[method.status])
    lines += _row("Proven", f"{PROOF[method.proven.status]}. {method.proven.note}")
    for number, step in enumerate(method.steps, 1):
        lines += _wrap(step, f"  {number}. ", "     ")
    return lines + (_wrap(method.note, "  ") if method.note else [])


def _older(entry: Utility) -> list[Line]:
    older = entry.older_history
    if older is None:
        return []
    lines = [*_head("Older than the portal shows"), *_wrap(older.text, "  "), *_row("Ask", older.contact)]
    for number, step in enumerate(older.steps, 1):
        lines += _wrap(step, f"  {number}. ", "     ")
    return lines


def format_name(form: str) -> str:
    """A format as people write it."""
    return FORMATS.get(form, form.upper())


def _customers(method: Method) -> list[str]:
    return ["all customers"] if "all" in method.customer_types else list(method.customer_types)


def standards(entry: Utility) -> list[tuple[str, Standard | None]]:
    """The standard doors with their names."""
    if entry.standards is None:
        return []
    return [
        ("Green Button file", entry.standards.green_button_download),
        ("Green Button Connect", entry.standards.green_button_connect),
        ("EDI", entry.standards.edi),
        ("Official API", entry.standards.api),
    ]


def standard_facts(standard: Standard | None) -> list[str]:
    """What is said of a standard door, a sentence each."""
    if standard is None:
        return []
    facts = [
        standard.note,
        f"Needs: {standard.auth}." if standard.auth else None,
        f"Rate limits: {standard.rate_limits}." if standard.rate_limits else None,
        f"X12 sets in use: {', '.join(standard.transaction_sets)}." if standard.transaction_sets else None,
        f"X12 sets asked about: {', '.join(standard.asked_about)}." if standard.asked_about else None,
    ]
    return [fact for fact in facts if fact]


def _standards(entry: Utility) -> list[Line]:
    lines = []
    for name, standard in standards(entry):
        words = [f"{name}: {STATUS[standard.status if standard is not None else None]}", *standard_facts(standard)]
        lines += _wrap(". ".join(word.rstrip(".") for word in words) + ".", "  ", "    ")
        for number, step in enumerate(standard.steps if standard is not None else (), 1):
            lines += _wrap(step, f"    {number}. ", "       ")
    return [*_head("Standards"), *lines] if lines else []


def _metering(entry: Utility) -> list[Line]:
    metering = entry.metering
    if metering is None:
        return []
    lines = _head("Meters and bills")
    lines += _row("Interval", f"{metering.interval_minutes} minutes" if metering.interval_minutes else None)
    lines += _row("AMI", {True: "yes", False: "no", None: None}[metering.ami])
    lines += _row("Since", str(metering.since) if metering.since else None)
    lines += _wrap(metering.technology, "  ") if metering.technology else []
    lines += _wrap(metering.note, "  ") if metering.note else []
    for service in entry.services:
        codes = ", ".join(service.portal_codes) or "code not known"
        lines += _wrap(f"{service.category} ({codes}){': ' + service.note if service.note else ''}", "  ", "    ")
    if entry.bill_shows:
        lines += _wrap("A bill shows " + "; ".join(fact.text for fact in entry.bill_shows) + ".", "  ")
    return lines


def _tariffs(entry: Utility) -> list[Line]:
    if entry.tariffs is None:
        return []
    rows = [(code.code, code.kind, code.name) for code in entry.tariffs.codes]
    lines = _head("Rate schedules and riders")
    lines += table(("code", "class", "name"), rows) if rows else []
    for feature in entry.tariffs.features:
        lines += _wrap(feature, "  - ", "    ")
    return lines + (_wrap(entry.tariffs.note, "  ") if entry.tariffs.note else [])


def _programmes(entry: Utility) -> list[Line]:
    lines: list[Line] = []
    for programme in programmes(entry):
        lines += _head(f"{programme.name}: {programme.kind}")
        for fact in programme.facts:
            lines += _wrap(fact, "  - ", "    ")
        for number, step in enumerate(programme.steps, 1):
            lines += _wrap(step, f"  {number}. ", "     ")
        lines += _wrap(programme.note, "  ") if programme.note else []
    return lines


def programmes(entry: Utility) -> list[Programme]:
    """Prepaid and demand response programmes."""
    return [*([entry.prepaid] if entry.prepaid is not None else []), *entry.demand_response]


def _contacts(entry: Utility) -> list[Line]:
    lines = []
    for contact in entry.contacts:
        ways = [way for way in (contact.phone, contact.email, contact.url, contact.note) if way]
        lines += _wrap(f"{contact.role}: {' · '.join(ways)}", "  ", "    ")
    return [*_head("Whom to ask"), *lines] if lines else []


def _notes(entry: Utility) -> list[Line]:
    notes = ([entry.zone_note] if entry.zone_note else []) + [note.text for note in entry.notes]
    return [*_head("Worth knowing"), *(line for note in notes for line in _wrap(note, "  - ", "    "))] if notes else []


def _sources(entry: Utility) -> list[Line]:
    lines = _head("Sources")
    for key, source in entry.sources.items():
        parts = [part for part in (source.title, source.publisher, source.date or "undated") if part]
        lines += _wrap(f"{key}: {', '.join(parts)}", "  ", "    ", kind="dim")
        lines += [Line(f"    {source.url}", "dim")] if source.url else []
    return lines


# -- lines -----------------------------------------------------------------------------------------------------------


def _head(words: str) -> list[Line]:
    return [Line(""), *_wrap(words, "", kind="head")]


def _row(label: str, value: str | None) -> list[Line]:
    return _wrap(value, f"  {label.ljust(_LABEL)}", " " * (_LABEL + 2)) if value else []


def _wrap(
    words: str, first: str, rest: str | None = None, kind: Literal["", "title", "head", "dim"] = ""
) -> list[Line]:
    wrapped = textwrap.wrap(
        words,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [Line(line, kind) for line in wrapped]


def _short(name: str, width: int) -> str:
    """A name that fits, its long words shortened as the trade does before anything is cut."""
    for long, short in _TRADE_SHORT:
        if len(name) > width:
            name = name.replace(long, short)
    return _cut(name, width)


def _cut(words: str, width: int) -> str:
    return words if len(words) <= width else f"{words[: width - 1].rstrip()}…"


def _states(entry: Utility) -> str:
    return "/".join(entry.states) or "–"
