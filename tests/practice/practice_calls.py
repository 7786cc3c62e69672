"""A caller of the practice portal that knows HTTP and nothing else."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

from meterbook.practice.server import Running
from meterbook.practice.world import Member, Story, World

TODAY = date(2026, 11, 25)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """One connection to a practice portal."""

    def __init__(self, run: Running) -> None:
        self.run = run
        self.world = World(run.portal.settings)
        self.token = ""
        self.member: Member = self.world.member(0)

    def ask(self, method: str, path: str, body: bytes | str | None = None, sent: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.run.listening.url).netloc, timeout=30)
        try:
            connection.request(method, path, body, sent or {})
            answer = connection.getresponse()
            headers: dict[str, str] = {}
            for name, value in answer.getheaders():
                headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value)))
            return Reply(answer.status, answer.read(), headers)
        finally:
            connection.close()

    def login(self, email: str, password: str, **more: str) -> Reply:
        form = urlencode({"userId": email, "password": password, **more})
        return self.ask("POST", "/services/oauth/auth/v2", form, {"Content-Type": "application/x-www-form-urlencoded"})

    def enter(self, story: Story) -> Member:
        """Logs in as the member of a story."""
        member = next(
            self.world.member(i) for i in range(self.world.settings.members) if self.world.member(i).story is story
        )
        self.token = self.login(member.email, member.password).json["authorizationToken"]
        self.member = member
        return member

    def get(self, path: str) -> Reply:
        return self.ask("GET", "/services/secured" + path, None, {"Authorization": f"Bearer {self.token}"})

    def post(self, path: str, body: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.ask("POST", "/services/secured" + path, json.dumps(body), headers)

    def body(self, start: int, end: int, frame: str = "HOURLY", **more: Any) -> dict[str, Any]:
        contract = self.member.contracts[0]
        return {
            "timeFrame": frame,
            "userId": self.member.email,
            "screen": "USAGE_EXPLORER",
            "includeDemand": False,
            "serviceLocationNumber": contract.places[0].number,
            "accountNumber": contract.number,
            "industries": ["ELECTRIC"],
            "startDateTime": start * 1000,
            "endDateTime": end * 1000,
        } | more

    def poll(self, start: int, end: int, frame: str = "HOURLY", **more: Any) -> list[dict[str, Any]]:
        """Entries of a poll, asked again while it is pending."""
        body = self.body(start, end, frame, **more)
        for _ in range(5):
            reply = self.post("/utility-usage/poll", body)
            assert reply.status == 200
            if reply.json["status"] != "PENDING":
                break
        assert reply.json["status"] == "COMPLETE"
        entries: list[dict[str, Any]] = reply.json["data"][body["industries"][0]]
        return entries
