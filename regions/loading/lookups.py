"""Finds the sources and agencies that a row of a file names."""

from regions.models import Agency, Source


def source_of(row):
    return Source(
        publisher=row.text("source_publisher"),
        title=row.cells.get("source_title", ""),
        url=row.text("source_url"),
        published_on=row.day("source_date") if "source_date" in row.cells else None,
    )


class Sources:
    """The stored sources, found by the cells of a row."""

    def __init__(self):
        self.known = {identity_of(source): source for source in Source.objects.all()}

    def of(self, row):
        return self.known[identity_of(source_of(row))]


def identity_of(source):
    return source.publisher, source.title, source.url, source.published_on


class Agencies:
    """The agency of a name: its own names hold anywhere, its aliases only in its region and below."""

    def __init__(self, agencies=None):
        self.by_name, self.by_alias = {}, {}
        for agency in (Agency.objects.all() if agencies is None else agencies).select_related("region"):
            for name in filter(None, (agency.name_en, agency.name_zh)):
                self.by_name[name] = agency
            for alias in agency.aliases:
                self.by_alias[alias, agency.region.code if agency.region else ""] = agency

    def of(self, row, column, region):
        """The agencies that the cell lists, for a row about `region`. Raises BrokenRow."""
        return [self._agency(row, column, name, region) for name in row.list(column)]

    def named(self, name, region):
        """The agency that `name` means in a row about `region`, or None."""
        if name in self.by_name:
            return self.by_name[name]
        for code in [*region.codes_up(), ""]:
            if (name, code) in self.by_alias:
                return self.by_alias[name, code]
        return None

    def _agency(self, row, column, name, region):
        agency = self.named(name, region)
        if agency is None:
            raise row.broken(column, f"no agency is called {name!r} in {region.code}")
        return agency
