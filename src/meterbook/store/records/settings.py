"""Records of the small things: settings, import profiles, and what was learned of utilities."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from meterbook.model.errors import NotFound
from meterbook.store.records import schema
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import UtilityRecord


class SettingRecords(Database):
    """Settings, import profiles, utilities."""

    def setting(self, key: str, default: str | None = None) -> str | None:
        """A setting's value."""
        with self._reading() as sql:
            found: str | None = sql.execute(select(schema.setting.c.value).where(schema.setting.c.key == key)).scalar()
        return default if found is None else found

    def set_setting(self, key: str, value: str | None) -> None:
        """Keep a setting; None removes it."""
        with self._writing() as sql:
            if value is None:
                sql.execute(delete(schema.setting).where(schema.setting.c.key == key))
                return
            statement = insert(sql, schema.setting).values(key=key, value=value)
            sql.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))

    def settings(self) -> dict[str, str]:
        """All settings."""
        with self._reading() as sql:
            rows = sql.execute(select(schema.setting).order_by(schema.setting.c.key))
            return {row.key: row.value for row in rows}

    def save_import_profile(self, name: str, mapping: Mapping[str, str]) -> None:
        """Keep how a file's columns are to be read, under a name; it replaces one of the same name."""
        values = {"mapping": dict(mapping)}
        with self._writing() as sql:
            statement = insert(sql, schema.import_profile).values(name=name, **values)
            sql.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def import_profile(self, name: str) -> dict[str, str]:
        """A profile by name.

        Raises:
            NotFound: there is none of that name; the message lists those there are.
        """
        profiles = self.import_profiles()
        if name not in profiles:
            known = ", ".join(profiles) or "none yet"
            raise NotFound(
                f"there is no import profile {name!r}",
                expected=f"one of: {known}",
                hint="meterbook import FILE --profile NAME with the columns named keeps one.",
            )
        return profiles[name]

    def import_profiles(self) -> dict[str, dict[str, str]]:
        """All profiles by name."""
        with self._reading() as sql:
            rows = sql.execute(select(schema.import_profile).order_by(schema.import_profile.c.name))
            return {row.name: dict(row.mapping) for row in rows}

    def save_utility(self, learned: UtilityRecord) -> None:
        """Keep what was learned of a utility; it replaces what was learned before."""
        values = {
            "name": learned.name,
            "host": learned.host,
            "zone": learned.zone,
            "state": learned.state,
            "how": learned.how,
            "at": learned.at,
        }
        with self._writing() as sql:
            statement = insert(sql, schema.utility).values(slug=learned.slug, **values)
            sql.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=values))

    def utility(self, slug: str) -> UtilityRecord | None:
        """What was learned of a utility; None if nothing was."""
        return next((item for item in self.utilities() if item.slug == slug), None)

    def utilities(self) -> list[UtilityRecord]:
        """What was learned of all utilities."""
        with self._reading() as sql:
            rows = sql.execute(select(schema.utility).order_by(schema.utility.c.slug))
            return [
                UtilityRecord(
                    slug=row.slug,
                    name=row.name,
                    host=row.host,
                    zone=row.zone,
                    state=row.state,
                    how=row.how,
                    at=row.at,
                )
                for row in rows
            ]
