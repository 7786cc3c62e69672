"""The portal's paths, as a Starlette application: who may ask, what goes wrong, and which answer it is.

Source: SmartHub portal reference, sections 1 to 5 and 21.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from meterbook.practice import answers, clock, green_button, profile, summaries, weather_points
from meterbook.practice.answers import Forbidden, Malformed
from meterbook.practice.billing import documents, rows
from meterbook.practice.counting import DROPPED, Counting
from meterbook.practice.faults import RETRY_AFTER_S, SLOW_S, Fault, FaultSequence, Place
from meterbook.practice.jobs import Asked, Jobs
from meterbook.practice.revision import Revisions
from meterbook.practice.sessions import Outcome, Sessions
from meterbook.practice.settings import QueryLogin, Refusal, Settings
from meterbook.practice.world import DOMAIN, NAME, Login, Member, World

FORBIDDEN_WORDS = "The current user does not have access to make this service call"
MFA_WORDS = "Your data could not be verified. If the problem persists, please contact customer service."
_OFFLINE = (
    "<!doctype html>\n<html><head><title>SmartHub</title></head>"
    "<body><p>This practice portal is playing a maintenance page.</p></body></html>\n"
)
_SHELL = (
    "<!doctype html>\n<html><head><title>SmartHub</title></head>"
    f"<body><h1>{NAME}</h1><p>Practice portal of Meterbook. Nothing here is real.</p></body></html>\n"
)

Answer = Callable[[Request, Login, Member], Awaitable[Response]]


class Portal:
    """The practice portal.

    Args:
        settings: how it plays.
    """

    def __init__(self, settings: Settings) -> None:
        self.asked = Asked()
        self._set(settings)

    def _set(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings)
        self.sessions = Sessions(self.world)
        self.jobs = Jobs(settings.pending)
        self.faults = FaultSequence(settings.seed, settings.faults)
        self.revisions = Revisions(settings, self.faults.revision_rate)

    def app(self) -> Starlette:
        """The ASGI application. Paths with and without a trailing slash are different ones."""
        secured = "/services/secured"
        routes = [
            Route("/ui/", self._shell),
            Route("/services/member/siteName", self._site_name),
            Route("/services/memberLookup/name", self._lookup),
            Route("/services/memberLookup/domain", self._lookup),
            Route("/services/two-factor/method", self._two_factor),
            Route("/services/oauth/auth/v2", self._login, methods=["POST"]),
            Route("/services/oauth/auth/v2/refresh", self._refresh, methods=["POST"]),
            Route("/services/user-login/authenticate", self._legacy_login, methods=["POST"]),
            Route("/services/auth/login", self._oldest_login),
            Route("/login", self._shell, methods=["POST"]),
            Route("/practice/requests", self._counts, methods=["GET", "DELETE"]),
            Route("/practice/today", self._move_today, methods=["POST"]),
        ]
        gets: Mapping[str, Answer] = {
            "/user-data": self._user_data,
            "/accounts": self._accounts,
            "/exposed/customer-overview": self._customer_overview,
            "/exposed/bill-pay/customer": self._bill_pay,
            "/service-locations/{place}": self._service_location,
            "/userProfile": self._user_profile,
            "/user/{login}": self._user,
            "/authorization/permissions": self._permissions,
            "/usage-overview/{account}/{place}/{industry}": self._usage_overview,
            "/billing": self._billing,
            "/billing/history/overview": self._bill_history,
            "/billPdfService/{name}": self._bill_pdf,
            "/prepaid/daily": self._prepaid_days,
            "/time-of-use/savings": self._savings,
            "/aggregate/customerAccountBilling/totals": self._totals,
            "/greenButtonDownload": self._green_button_zip,
            "/greenButtonCsvDownload": self._green_button_csv,
        }
        posts: Mapping[str, Answer] = {
            "/utility-usage/poll": self._poll,
            "/utility-usage": self._usage_now,
            "/averageUsage": self._average,
            "/exposed/customer-overview/last-billed": self._last_billed,
            "/weather-data": self._weather,
        }
        routes += [Route(secured + path, self._secured(answer)) for path, answer in gets.items()]
        routes += [Route(secured + path, self._secured(answer), methods=["POST"]) for path, answer in posts.items()]
        # Seen in the wild: there, but not for a member to read.
        routes += [
            Route(f"{secured}/billing/history", self._secured(_refused)),
            Route(f"{secured}/service-locations", self._secured(_refused), methods=["POST"]),
            Route(f"{secured}/rates", self._secured(_refused), methods=["POST"]),
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: _bare})
        app.router.redirect_slashes = False
        app.add_middleware(Counting, asked=self.asked)
        return app

    # -- before any log-in -----------------------------------------------------------------------------------------

    async def _shell(self, request: Request) -> Response:
        answer = Response(_SHELL, media_type="text/html")
        secure = request.url.scheme == "https"
        answer.set_cookie("XSRF-TOKEN", f"{time.time_ns():x}", path="/", secure=secure, samesite=None)
        return answer

    async def _site_name(self, request: Request) -> Response:
        return Response(f"Loading {NAME} SmartHub Application", media_type="text/plain")

    async def _lookup(self, request: Request) -> Response:
        wanted = request.query_params.get("name") or request.query_params.get("domain") or ""
        by_domain = request.url.path.endswith("domain")
        found = wanted.lower() == DOMAIN if by_domain else bool(wanted) and wanted.lower() in NAME.lower()
        return _json([profile.deployment(str(request.base_url).rstrip("/"))] if found else [])

    async def _two_factor(self, request: Request) -> Response:
        login = self.world.login(request.query_params.get("userId", ""))
        return _json("TOTP" if login is not None and login.totp_secret else "NONE")

    async def _login(self, request: Request) -> Response:
        struck = await self._struck(request, Place.LOGIN)
        if struck is not None:
            return struck
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        email, password = form.get("userId", ""), form.get("password", "")
        outcome, login = self.sessions.try_login(email, password, form.get("twoFactorCode"))
        if outcome is Outcome.CODE_NEEDED:
            return Response(MFA_WORDS, status_code=500, media_type="text/plain")
        if outcome is not Outcome.WELCOME or login is None:
            return self._refusal(outcome)
        return _json(self._welcome(login))

    async def _form(self, request: Request) -> dict[str, str] | Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("", "application/x-www-form-urlencoded"):
            return Response(status_code=415)
        body = (await request.body()).decode("utf-8", "replace")
        if not body and request.query_params:
            if self.settings.query_login is QueryLogin.REFUSE:
                return Response(status_code=400)
            return dict(request.query_params)
        return dict(parse_qsl(body, keep_blank_values=True))

    def _refusal(self, outcome: Outcome) -> Response:
        words = profile.LOCKED_WORDS if outcome is Outcome.LOCKED else ""
        if self.settings.refusal is Refusal.STATUS_401:
            return Response(words, status_code=401, media_type="text/plain")
        body: dict[str, object] = {"status": "FAILURE", "isBusinessUser": False}
        return _json(body | {"message": words} if words else body)

    def _welcome(self, login: Login) -> dict[str, object]:
        token, expires = self.sessions.issue(login.email)
        return {
            "status": "SUCCESS",
            "authorizationToken": token,
            "username": login.email,
            "expiration": expires,
            "primaryUsername": login.primary,
            "isSecondaryRegistration": login.email != login.primary,
            "expiresIn": self.settings.token_life_s,
            "isBusinessUser": self.world.owner(login).business,
        }

    async def _refresh(self, request: Request) -> Response:
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        email = self.sessions.email_of(form.get("token", ""))
        login = self.world.login(email) if email else None
        if login is None:
            return _json({"status": "INVALID_TOKEN", "authorizationToken": "", "isBusinessUser": False})
        return _json(self._welcome(login))

    async def _legacy_login(self, request: Request) -> Response:
        """The log-in of old deployments: recognised, and good for nothing else here."""
        try:
            fields = answers.json_object(await request.body())
        except Malformed:
            return Response(status_code=400)
        outcome, login = self.sessions.try_login(
            str(fields.get("username", "")), str(fields.get("password", "")), str(fields.get("twoFactorCode") or "")
        )
        if outcome is not Outcome.WELCOME or login is None:
            return _json({"status": "FAILURE"})
        member = self.world.owner(login)
        details = profile.user(member, login) | {
            "userGroups": [],
            "memberIds": [contract.customer for contract in member.contracts],
            "memberInformation": [],
        }
        answer = _json({"status": "SUCCESS", "userDetails": details})
        answer.set_cookie("JSESSIONID-consumer_practice", f"{time.time_ns():x}", httponly=True, samesite=None)
        answer.set_cookie("XSRF-TOKEN", f"{time.time_ns():x}", samesite=None)
        return answer

    async def _oldest_login(self, request: Request) -> Response:
        query = request.query_params
        outcome, login = self.sessions.try_login(query.get("userId", ""), query.get("password", ""), None)
        if outcome is not Outcome.WELCOME or login is None:
            return Response(status_code=401)
        token, expires = self.sessions.issue(login.email)
        return _json({"authorizationToken": token, "expiration": expires * 1000})

    # -- secured calls ---------------------------------------------------------------------------------------------

    def _secured(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            polled = request.url.path.endswith("/utility-usage/poll")
            struck = await self._struck(request, Place.POLL if polled else Place.SECURED)
            if struck is not None:
                return struck
            login = self._bearer(request)
            if login is None:
                return Response(status_code=401)
            try:
                return await answer(request, login, self.world.owner(login))
            except Forbidden:
                return Response(FORBIDDEN_WORDS, status_code=403, media_type="text/plain")
            except Malformed:
                return Response(status_code=400)

        return endpoint

    def _bearer(self, request: Request) -> Login | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        if self.settings.require_username_header and "x-nisc-smarthub-username" not in request.headers:
            return None
        email = self.sessions.email_of(token.strip())
        return self.world.login(email) if email else None

    async def _struck(self, request: Request, place: Place) -> Response | None:
        """The faults that hit this request: an answer in its place, or None."""
        hits = self.faults.hits(place)
        request.state.faults = hits
        for fault in hits:
            self.asked.faults[fault.value] += 1
        if Fault.SLOW in hits:
            await asyncio.sleep(SLOW_S)
        if Fault.DROP in hits:
            request.scope[DROPPED] = True
            return Response(status_code=500)
        if Fault.TOO_MANY in hits:
            return Response(status_code=429, headers={"Retry-After": str(RETRY_AFTER_S)})
        for fault in (Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.UNAVAILABLE):
            if fault in hits:
                return Response("practice fault", status_code=int(fault.value), media_type="text/plain")
        if Fault.HTML in hits:
            return Response(_OFFLINE, media_type="text/html")
        if Fault.TOKEN_EXPIRY in hits and place is not Place.LOGIN:
            self.sessions.revoke(request.headers.get("authorization", "").partition(" ")[2].strip())
        return None

    async def _user_data(self, request: Request, login: Login, member: Member) -> Response:
        self._own(request.query_params.get("userId"), login)
        return _json(profile.user_data(self.world, member, login.primary))

    async def _accounts(self, request: Request, login: Login, member: Member) -> Response:
        self._own(request.query_params.get("user"), login)
        return _json(profile.accounts(member))

    async def _customer_overview(self, request: Request, login: Login, member: Member) -> Response:
        self._own(request.query_params.get("email"), login)
        return _json(profile.customer_overview(self.world, member))

    async def _last_billed(self, request: Request, login: Login, member: Member) -> Response:
        return _json(profile.last_billed(self.world, member))

    async def _bill_pay(self, request: Request, login: Login, member: Member) -> Response:
        rows = profile.bill_pay(self.world, member, request.query_params.get("customerNumber", ""))
        if rows is None:
            raise Forbidden
        return _json(rows)

    async def _service_location(self, request: Request, login: Login, member: Member) -> Response:
        point = answers.place_points(self.world, member, request.path_params["place"])
        return _json(profile.service_location(member, point.place))

    async def _user_profile(self, request: Request, login: Login, member: Member) -> Response:
        self._own(request.query_params.get("emailAddress"), login)
        return _json(profile.user_profile(login))

    async def _user(self, request: Request, login: Login, member: Member) -> Response:
        self._own(request.path_params["login"], login)
        return _json(profile.user(member, login))

    async def _permissions(self, request: Request, login: Login, member: Member) -> Response:
        return _json(profile.permissions())

    async def _poll(self, request: Request, login: Login, member: Member) -> Response:
        query = answers.usage_query(await request.body())
        ready = self.jobs.is_ready(login.email, query.canonical)
        if Fault.PENDING in request.state.faults:
            ready = False
        found: bytes | None = b""
        if ready or not query.known:
            found = answers.usage(self.settings, member, query, self.revisions)
        else:
            answers.polled_point(self.settings, member, query.account, query.location)
        self.asked.poll(query.key, complete=ready and found is not None)
        if found is None:
            return _json({"status": "FAILED"})
        if not ready:
            return _json({"status": "PENDING"})
        body = b'{"status":"COMPLETE","data":' + found + b"}"
        if Fault.TRUNCATED in request.state.faults:
            body = body[: len(body) * 2 // 3]
        return Response(body, media_type="application/json")

    async def _usage_now(self, request: Request, login: Login, member: Member) -> Response:
        query = answers.usage_query(await request.body())
        found = answers.usage(self.settings, member, query)
        if found is None:
            return Response(status_code=400)
        return Response(found, media_type="application/json")

    async def _usage_overview(self, request: Request, login: Login, member: Member) -> Response:
        names = request.path_params
        point = answers.point_of(self.settings, member, names["account"], names["place"])
        row = summaries.usage_overview(self.world, point, names["industry"])
        return Response(status_code=404) if row is None else _json(row)

    async def _average(self, request: Request, login: Login, member: Member) -> Response:
        fields = answers.json_object(await request.body())
        point = answers.point_of(
            self.settings,
            member,
            summaries.padded(fields.get("accountNumber")),
            str(fields.get("serviceLocationNumber")),
        )
        return _json(summaries.average_usage(point, fields))

    async def _weather(self, request: Request, login: Login, member: Member) -> Response:
        fields = answers.json_object(await request.body())
        point = answers.place_points(self.world, member, str(fields.get("serviceLocationNumber", "")))
        return _json(weather_points.answer(point, fields))

    async def _billing(self, request: Request, login: Login, member: Member) -> Response:
        self._own(request.query_params.get("userId"), login)
        contract = answers.contract_of(member, request.query_params.get("accountNumber", ""))
        return _json(summaries.billing(self.world, member, contract, login))

    async def _bill_history(self, request: Request, login: Login, member: Member) -> Response:
        contract = answers.contract_of(member, request.query_params.get("acctNbr", ""))
        return _json(rows.history_rows(self.world, member, contract))

    async def _bill_pdf(self, request: Request, login: Login, member: Member) -> Response:
        query = request.query_params
        contract = answers.contract_of(member, query.get("account", ""))
        for bill in rows.history(self.settings, member, contract):
            if bill.uuid == query.get("uuid") or str(bill.billed_at * 1000) == query.get("timestamp"):
                return Response(documents.document(self.settings, bill), media_type="application/pdf")
        return Response(_OFFLINE, media_type="text/html")

    async def _prepaid_days(self, request: Request, login: Login, member: Member) -> Response:
        query = request.query_params
        contract = answers.contract_of(member, query.get("acctNbr", ""))
        since, until = (self._day(query.get(name)) for name in ("startDate", "endDate"))
        return _json_or_404(rows.prepaid_days(self.world, member, contract, since=since, until=until))

    async def _savings(self, request: Request, login: Login, member: Member) -> Response:
        contract = answers.contract_of(member, request.query_params.get("acctNbr", ""))
        return _json_or_404(rows.savings(self.world, member, contract))

    def _day(self, milliseconds: str | None) -> date | None:
        """The local day of an instant in a query."""
        if milliseconds is None:
            return None
        try:
            return clock.local_day(int(milliseconds) // 1000, self.settings.tz)
        except (ValueError, OverflowError, OSError) as err:
            raise Malformed from err

    async def _totals(self, request: Request, login: Login, member: Member) -> Response:
        if request.query_params.get("email", "").lower() not in (login.email, login.primary):
            raise Forbidden
        return _json(summaries.totals(self.world, member, login))

    async def _green_button_csv(self, request: Request, login: Login, member: Member) -> Response:
        query = request.query_params
        point = answers.point_of(self.settings, member, query.get("account", ""), query.get("serviceLocation", ""))
        text = green_button.csv_text(point, dict(query))
        if text is None:
            return Response(status_code=400)
        return Response(
            text, media_type="text/csv", headers={"Content-Disposition": 'attachment; filename="usage.csv"'}
        )

    async def _green_button_zip(self, request: Request, login: Login, member: Member) -> Response:
        query = request.query_params
        point = answers.point_of(self.settings, member, query.get("account", ""), query.get("serviceLocation", ""))
        body = green_button.archive(point, dict(query))
        if body is None:
            return Response(status_code=400)
        return Response(body, media_type="application/zip")

    def _own(self, name: str | None, login: Login) -> None:
        if name is not None and name.lower() not in (login.email, login.primary):
            raise Forbidden

    # -- for tests -------------------------------------------------------------------------------------------------

    async def _counts(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.asked.reset()
            return Response(status_code=204)
        return _json(self.asked.report())

    async def _move_today(self, request: Request) -> Response:
        """Lets days pass: what was an outage or an estimate then is filled in or revised."""
        try:
            day = date.fromisoformat(request.query_params.get("date", ""))
        except ValueError:
            return Response(status_code=400)
        sessions = self.sessions
        self._set(replace(self.settings, today=day))
        self.sessions = sessions
        return _json({"today": day.isoformat()})


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def _json_or_404(value: object | None) -> Response:
    return Response(status_code=404) if value is None else _json(value)


async def _refused(request: Request, login: Login, member: Member) -> Response:
    raise Forbidden


async def _bare(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(status_code=error.status_code, headers=error.headers)
