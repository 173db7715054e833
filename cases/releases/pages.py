"""The releases as people find them: a list, a page for each, and the files, which no cache need ask for again."""

from django.conf import settings
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from cases.files.exports import COLUMNS
from cases.files.parts import Whole, answer_from_whole
from cases.models import Citation, Figure, Raid, Rig, Seizure
from regions.models import Agency, Policy, Region, Source

from .asked import can_be_asked
from .package import MEDIA_TYPES
from .shelf import release_called, releases

MOST_NAMED = 200  # cases of one kind of change; the file has all
# What is asked for most comes first; what is not named here are the other tables.
FILES = {
    "cases.xlsx": gettext_lazy("All cases, for Excel, WPS or LibreOffice"),
    "cases.csv": gettext_lazy("All cases, for any program"),
    "record.sqlite": gettext_lazy("All tables in one database, for Datasette and SQL"),
    "cases.parquet": gettext_lazy("All cases, for DuckDB, pandas and R"),
    "cases.geojson": gettext_lazy("All cases, for QGIS and other maps"),
    "datapackage.json": gettext_lazy("Describes every column: type, unit, codes, caveats (Frictionless)"),
    "CITATION.cff": gettext_lazy("How to cite it, for programs"),
    "CHANGES.md": gettext_lazy("What changed since the release before"),
    "changes.json": gettext_lazy("The same for programs"),
    "SHA256SUMS": gettext_lazy("Checksums of all files"),
}
TABLES = {
    "sources": Source, "agencies": Agency, "citations": Citation, "raids": Raid, "seizures": Seizure, "figures": Figure,
    "regions": Region, "policies": Policy, "rigs": Rig,
}  # fmt: skip
POWER = ("kw_low", "kw_best", "kw_high")


class ReleasePage:
    """A Release in the words of the reader."""

    def __init__(self, release):
        self.release, self.about = release, release.about
        self.made_at = parse_datetime(self.about["made_at"])
        self.title = _("The published record, release %(version)s") % {"version": release.version}

    @property
    def can_be_asked(self):
        return can_be_asked(self.release.version)

    @property
    def files(self):
        """[(file, what it is)] but the tables, the most useful first."""
        known = {file.name: file for file in self.release.files}
        return [(known[name], what) for name, what in FILES.items() if name in known]

    @property
    def tables(self):
        """[(file, what it is)] of what the database has beside the cases, each table as CSV."""
        return [(file, _table_called(file.at.stem)) for file in self.release.files if file.name not in FILES]

    @property
    def counts(self):
        """[(what changed, in how many cases)]; None for the first release."""
        found = self.about["changes"]
        return found and [(_KINDS[kind], len(cases)) for kind, cases in found.items() if cases]

    @property
    def changes(self):
        """[(what changed, how many cases, [(reference, fields that were corrected, the case that it is in now)])]."""
        return [
            (_KINDS[kind], len(cases), [_named(case) for case in cases[:MOST_NAMED]])
            for kind, cases in (self.about["changes"] or {}).items()
            if cases
        ]


_KINDS = {
    "new": gettext_lazy("New cases"),
    "corrected": gettext_lazy("Corrected cases"),
    "withdrawn": gettext_lazy("Withdrawn cases"),
}


def _named(case):
    case = {"ref": case} if isinstance(case, str) else case
    fields = dict.fromkeys(_field_called(name) for name in case.get("fields", []))
    return case["ref"], list(fields), case.get("merged_into", "")


def _table_called(name):
    if name in TABLES:
        return capfirst(TABLES[name]._meta.verbose_name_plural)
    joins = {
        "case_sources": _("Which sources tell of which case"),
        "case_agencies": _("Which agencies took part in which case"),
    }
    return joins.get(name, name)


def _field_called(name):
    if name in POWER:
        return pgettext("metric", "Power draw")
    return capfirst(COLUMNS[name].title) if name in COLUMNS else _table_called(name)


@require_safe
def release_list(request):
    return TemplateResponse(
        request, "cases/releases/list.html", {"pages": [ReleasePage(release) for release in releases()]}
    )


@require_safe
def release_page(request, version):
    return TemplateResponse(request, "cases/releases/release.html", {"page": ReleasePage(_found(version))})


@require_safe
def release_file(request, version, name):
    file = _found(version).file(name)
    if file is None:
        raise Http404
    content = file.at.open("rb")
    response = answer_from_whole(request, Whole(content, f'"{file.sha256[:32]}"'))
    response._resource_closers.append(content.close)
    response["Content-Type"] = MEDIA_TYPES.get(file.at.suffix[1:], "text/plain; charset=utf-8")
    response["Cache-Control"] = f"{'public' if settings.PUBLIC else 'private'}, max-age=31536000, immutable"
    response["Content-Disposition"] = f'attachment; filename="{version}-{name}"'
    return response


def _found(version):
    release = release_called(version)
    if release is None:
        raise Http404
    return release
