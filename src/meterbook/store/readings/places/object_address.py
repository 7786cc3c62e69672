"""Where an object store is and how to sign in there: a URL, and the AWS variables that every S3 tool reads.

The variables are those of the AWS command line, ``AWS_ENDPOINT_URL`` for other servers, and ``AWS_ALLOW_HTTP``, which
deltalake and Polars read as well. Without keys in the environment those of ``AWS_PROFILE`` in the shared credentials
file count; without these, whatever the machine's role gives (obstore asks for it).
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from meterbook.model.errors import UsageError

SCHEME: Final = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PART = re.compile(r"[A-Za-z0-9!_.*'()=+@ -]+")
_TRUE = {"1", "true", "yes", "on"}
_PAGE = "docs/object-storage.md says how to set it up."


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAddress:
    """A prefix in a bucket, and the way there.

    Attributes:
        bucket: its name.
        prefix: begins every key, without a slash at either end; may be empty.
        endpoint: URL of a server other than AWS's own.
        region: for the signature.
        allow_http: whether an endpoint without TLS may be used.
        keys: access key, secret and session token, if the environment or a profile gives them.
    """

    bucket: str
    prefix: str
    endpoint: str | None = None
    region: str = "us-east-1"
    allow_http: bool = False
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """``s3://bucket/prefix``."""
        return f"{SCHEME}{self.bucket}/{self.prefix}".rstrip("/")

    def options(self) -> dict[str, str]:
        """What engines need beside the URL, in the words of deltalake, Polars and DuckDB's secrets; holds the keys."""
        found = {"aws_region": self.region, "aws_allow_http": str(self.allow_http).lower(), **self.keys}
        return found | ({"aws_endpoint": self.endpoint} if self.endpoint else {})


def is_url(text: str) -> bool:
    """Whether a text names something else than a folder.

    >>> is_url("s3://bucket/book"), is_url("https://example.com"), is_url("/home/me/book"), is_url("book")
    (True, True, False, False)
    """
    return "://" in text


def address(url: str, env: Mapping[str, str]) -> ObjectAddress:
    """The address that a URL and the environment make.

    Args:
        url: ``s3://bucket/prefix``.
        env: the process's environment.

    Raises:
        UsageError: the URL is of another kind, or holds credentials; the endpoint is without TLS and that is not
            allowed. No message repeats what could be a secret.
    """
    bucket, prefix = _divided(url)
    profile = _profile(env)
    endpoint = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL") or profile.get("endpoint_url")
    allow_http = env.get("AWS_ALLOW_HTTP", "").strip().lower() in _TRUE
    if endpoint:
        _check_endpoint(endpoint, allow_http)
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or profile.get("region") or "us-east-1"
    return ObjectAddress(
        bucket=bucket,
        prefix=prefix,
        endpoint=endpoint or None,
        region=region,
        allow_http=allow_http,
        keys=_keys(env) or _keys({name.upper(): value for name, value in profile.items()}),
    )


def _divided(url: str) -> tuple[str, str]:
    if not url.startswith(SCHEME):
        raise UsageError(
            "readings can't lie at a URL of this kind",
            expected="a folder, or s3://BUCKET/PREFIX",
            hint=f"Any server that speaks S3 will do. {_PAGE}",
        )
    rest = url.removeprefix(SCHEME)
    if "@" in rest.split("/", 1)[0] or "?" in rest or "#" in rest:
        raise UsageError(
            "the URL of the readings holds more than a place",
            expected="s3://BUCKET/PREFIX, without credentials or options in it",
            hint=f"Credentials are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile. {_PAGE}",
        )
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.strip("/")
    parts = prefix.split("/") if prefix else []
    if not _BUCKET.fullmatch(bucket) or not all(_PART.fullmatch(part) and part.strip(".") for part in parts):
        raise UsageError(
            "the URL of the readings names no bucket and prefix",
            expected="s3://BUCKET/PREFIX of letters, digits, - _ . and /",
        )
    return bucket, prefix


def _check_endpoint(endpoint: str, allow_http: bool) -> None:
    try:
        parts = urlsplit(endpoint)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, known = urlsplit(""), False
    if not known or "@" in endpoint or "?" in endpoint:
        raise UsageError(
            "AWS_ENDPOINT_URL is no address of a server",
            expected="https://HOST or https://HOST:PORT, without credentials in it",
        )
    if parts.scheme == "http" and not allow_http:
        raise UsageError(
            "the object store's address begins with http://, so readings would travel unencrypted",
            where=f"{parts.hostname}",
            hint="Use https://, or set AWS_ALLOW_HTTP=true if only this machine or network sees it.",
        )


def _keys(named: Mapping[str, str]) -> dict[str, str]:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    found = {name.lower(): named[name] for name in names if named.get(name)}
    return found if "aws_access_key_id" in found and "aws_secret_access_key" in found else {}


def _profile(env: Mapping[str, str]) -> dict[str, str]:
    """The settings of the chosen profile in the shared files; nothing if there are none."""
    home = Path(env["HOME"]) if env.get("HOME") else Path.home()
    name = env.get("AWS_PROFILE") or "default"
    files = (
        (env.get("AWS_CONFIG_FILE"), "config", name if name == "default" else f"profile {name}"),
        (env.get("AWS_SHARED_CREDENTIALS_FILE"), "credentials", name),
    )
    found: dict[str, str] = {}
    for named, usual, section in files:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(named or home / ".aws" / usual, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        if parser.has_section(section):
            found |= dict(parser.items(section))
    if env.get("AWS_PROFILE") and not found:
        raise UsageError("AWS_PROFILE names no profile of the shared configuration files", expected="a known profile")
    return found
