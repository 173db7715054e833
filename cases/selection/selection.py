"""What an answer can show. Every reading view is a view of the same selection.

    query string → CaseFilter → Case.objects.visible_to(user) → Selection → page, totals, facets, map

Nothing else filters or counts cases. What a selection of leads has too (`.leads`) is in AnySelection.
"""

from functools import cache
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.access import cases_visible_to
from cases.models import SavedView, versions
from cases.models.case import CaseQuerySet, release_asked
from cases.models.saved import Of
from regions.filters.base import bounded
from regions.grammar.dates import Precision
from regions.keeping import number_of, row_over, rows_of_query, some_of
from regions.models import Region
from regions.models.region import codes_up, path_of
from regions.paging import ListPaginator, page_number

from . import search
from .clusters import WORLD, clusters, extent
from .filters import CaseFilter
from .matches import did_you_mean
from .measures import Measures, Metric, measures
from .sentence import in_words
from .sums import Totals, by_region, counts, month_of, rig_sums, totals

PAGE_SIZES = (25, 50, 100)
MOST_RELIEFS = 8  # filters of which it is counted what each keeps out
# The views of a selection, of which a narrow window shows one: rows, the map, the charts, the rows as a table.
VIEWS = ("list", "map", "charts", "table")
# What a list may be sorted by: the public name of the column → the database's.
SORTS = {
    "occurred_on": "occurred_on",
    "title": "title_en",
    "region": "region__name_en",
    "kind": "kind",
    "rigs": "rigs",
    "kw": "kw_best",
    "lead_source": "lead_source",
    "site_type": "site_type",
    "status": "status",
    "confidence": "confidence",
}
DEFAULT_SORT = "-occurred_on"
RELEVANCE = "relevance"  # of cases that were searched for by words
OF_NOW = ("doubt", "doubt__not", "changed_after")  # filters that only the record as it is can answer
# What a list can show, in its order.
LIST_COLUMNS = {
    "occurred_on": gettext_lazy("When"),
    "title": gettext_lazy("Case"),
    "region": gettext_lazy("Where"),
    "kind": gettext_lazy("Type"),
    "rigs": gettext_lazy("Rigs"),
    "kw": gettext_lazy("Estimated power draw, kW"),
    "lead_source": gettext_lazy("Lead"),
    "site_type": gettext_lazy("Site"),
    "status": gettext_lazy("Status"),
    "theft": gettext_lazy("Electricity theft"),
    "arrests": gettext_lazy("People detained"),
    "confidence": gettext_lazy("Confidence"),
    "source": gettext_lazy("Source"),
    "office_number": gettext_lazy("Office number"),
}
DEFAULT_COLUMNS = ["occurred_on", "title", "region", "kind", "rigs", "kw", "lead_source", "source"]
FACETS = ("kind", "lead_source", "site_type", "status", "rig_kind", "theft", "confidence")


@cache
def _choices_in(_language):
    """{facet: [(code, its name)]} in the language of now: to put them all into words takes milliseconds."""
    choices = {name: CaseFilter.base_filters[name].field.choices for name in FACETS}
    return {name: [(code, str(label)) for code, label in of_it] for name, of_it in choices.items()}


class AnySelection:
    """The rows that a query string names, as far as `user` may see them.

    `query` is a QueryDict. Where any of it is not understood, `problems` says what, and there are no rows.
    Its `view` stands for the question saved under that name, and is replaced by it; `view` is then that SavedView.
    """

    of = None  # what is asked for: a member of cases.models.saved.Of
    filter_set = None
    facet_names = ()
    views = ()  # of which a narrow window shows one, the usual one first
    sorts = {}  # what a list may be sorted by: the public name → the column
    default_sort = ""
    release = ""  # the version of the release that answers; else the record as it is now

    def __init__(self, query: QueryDict, user):
        self.user = user
        query, self.too_much = bounded(query)
        self.query, self.view, unknown = self._with_view(self._tidy(query))
        self.filter = self.filter_set(self.query, queryset=self._visible(), user=user)
        self.problems = self.filter.problems | unknown | self.too_much
        if self.filter.recased:
            # Links and chips name codes as they are on record.
            self.query = self.query.copy()
            for name, codes in self.filter.recased.items():
                self.query.setlist(name, codes)
        self.is_past_the_last_page = False
        self.sort = self._understood("sort", self.default_sort, self._read_sort)
        self.per_page = self._understood("per_page", str(PAGE_SIZES[1]), self._read_per_page)
        self.page_number = self._understood("page", "1", self._read_page)
        self.show = self._understood("show", self._usual_view(), self._read_show)

    def _visible(self):
        """Every row that `user` may see."""
        raise NotImplementedError

    def rows(self):
        """Every row that was found, in the order asked for, with what a list shows."""
        raise NotImplementedError

    def rows_of_page(self):
        """Its `rows` with what a page shows of them."""
        return self.rows()

    def in_words(self, name, values) -> str:
        """A filter that is on, in words: `values` as it was read, or a list of some of its values."""
        raise NotImplementedError

    @property
    def is_valid(self) -> bool:
        return not self.problems

    @property
    def is_counted(self) -> bool:
        """Whether a count of its rows says anything: also where only the page is not there."""
        return self.is_valid or self.is_past_the_last_page

    @cached_property
    def found(self):
        """The rows that were found, unordered."""
        return self.filter.qs.order_by() if self.is_valid else self._visible().none()

    @cached_property
    def count(self) -> int:
        return number_of(self.found)

    @cached_property
    def chosen(self) -> dict:
        """What was asked, read: {parameter: value or values}. Empty where nothing was understood."""
        read = {}
        for name, value in self.filter.form.cleaned_data.items():
            if value not in (None, "", []):
                read[name] = value
        return read

    @property
    def region(self) -> Region | None:
        """The region asked for, where it is one; what lies below it is then listed."""
        regions = self.chosen.get("region", [])
        return regions[0] if len(regions) == 1 else None

    def page(self):
        """The page asked for; page 1 where that page is not there, with the problem said."""
        paginator = ListPaginator(self.rows_of_page(), self.per_page, count=self.count)
        if self.page_number > paginator.num_pages:
            self.is_past_the_last_page = True
            self.problems["page"] = [_("There is no page %(page)s; the last page is %(last)s.") % {
                "page": self.page_number, "last": paginator.num_pages,
            }]  # fmt: skip
            return paginator.empty_page()
        return paginator.page(self.page_number)

    def without(self, *names: str) -> "AnySelection":
        """The same question without some of its parameters."""
        query = self.query.copy()
        for name in (*names, "page"):
            query.pop(name, None)
        return type(self)(query, self.user)

    def reliefs(self) -> list[tuple[str, int]]:
        """How many rows there are without each of its filters, [(parameter, rows)], the most first, none of 0."""
        found = [(name, self.without(name).count) for name in list(self.chosen)[:MOST_RELIEFS]]
        return sorted((relief for relief in found if relief[1]), key=lambda relief: -relief[1])

    def facets(self):
        """{facet: [{code, name, count}]}: each counted with every filter but its own, the most frequent first."""
        # Those without a filter of their own are counted in one reading of the rows.
        together = [name for name in self.facet_names if name not in self.chosen]
        found = counts(self.found, together)
        for name in self.facet_names:
            if name not in together:
                found |= counts(self.without(name).found, [name])
        return {name: self._facet(name, found[name]) for name in self.facet_names}

    def facet(self, name):
        """One facet: [{code, name, count, chosen}]."""
        rows = (self.without(name) if name in self.chosen else self).found
        return self._facet(name, counts(rows, [name])[name])

    def _facet(self, name, found):
        labels = dict(self.filter.form.fields[name].choices)
        chosen = set(self.query.getlist(name))
        values = [
            {"code": code, "name": str(label), "count": found.get(code, 0), "chosen": code in chosen}
            for code, label in labels.items()
            if code in found or code in chosen
        ]
        return sorted(values, key=lambda value: -value["count"])

    def address(self, **changes) -> str:
        """The query string of this question with `changes`; None takes a parameter out."""
        query = dict(self.query.lists())
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return urlencode(query, doseq=True)

    def _tidy(self, query):
        return query

    def _usual_view(self):
        return self.views[0]

    def _with_view(self, query):
        """`query` with what its `view` stands for, that view, and what is wrong with it.

        What the query says itself takes the place of what the view says. A view that `user` may not open stays in the
        query, which no filter set understands.
        """
        if "view" not in query:
            return query, None, {}
        slugs = [slug for slug in query.getlist("view") if slug]
        if len(slugs) > 1:
            return query, None, {"view": [_("Use this parameter only once.")]}
        views = SavedView.objects.visible_to(self.user).filter(of=self.of)
        view = views.filter(slug=slugs[0]).first() if slugs else None
        if slugs and view is None:
            return (
                query,
                None,
                {"view": [_("There is no view “%(view)s” that you can open.") % {"view": slugs[0][:40]}]},
            )
        whole = QueryDict(view.query if view else "", mutable=True)
        for name, values in query.lists():
            if name != "view":
                whole.setlist(name, values)
        return whole, view, {}

    def _understood(self, name, default, read):
        values = self.query.getlist(name)
        try:
            if len(values) > 1:
                raise ValueError(_("Use this parameter only once."))
            return read(values[0] if values and values[0] else default)
        except ValueError as problem:
            self.problems[name] = [str(problem)]
            return read(default)

    def _read_sort(self, text):
        if text.removeprefix("-") not in self.sorts:
            raise ValueError(_("The list cannot be sorted by “%(text)s”.") % {"text": text[:40]})
        return text

    def _read_show(self, text):
        if text not in self.views:
            raise ValueError(_("There is no view “%(text)s” of the list.") % {"text": text[:40]})
        return text

    def _read_per_page(self, text):
        if text not in map(str, PAGE_SIZES):
            raise ValueError(_("The number of rows per page is 25, 50 or 100."))
        return int(text)

    def _read_page(self, text):
        number = page_number(text)
        if number is None:
            raise ValueError(_("“%(text)s” is not a page number.") % {"text": text[:40]})
        return number


class Selection(AnySelection):
    """The cases that a query string names, as far as `user` may see them."""

    of = Of.CASES
    filter_set = CaseFilter
    facet_names = FACETS
    views = VIEWS
    sorts = SORTS
    default_sort = DEFAULT_SORT

    def __init__(self, query: QueryDict, user):
        super().__init__(query, AnonymousUser() if release_asked.get() else user)
        self.release = self._understood("release", "", self._read_release)
        if self.release:
            self.problems |= {name: [_("A release does not tell this.")] for name in OF_NOW if name in self.query}
        self.metric = self._understood("metric", Metric.CASES, self._read_metric)
        self.columns = self._read_columns()

    def _visible(self):
        return cases_visible_to(self.user)

    def in_words(self, name, values):
        return in_words(name, values, self.filter.form.fields)

    @property
    def permanent_address(self) -> str:
        """Where others find the same cases: the address of a shared view, else the question, without its showing."""
        view = self.view
        if view and view.shared and dict(QueryDict(view.query).lists()) == dict(self.query.lists()):
            return view.get_absolute_url()
        return self.address_of_list

    @property
    def address_of_list(self) -> str:
        """The address of the list of these cases, without how it is shown."""
        question = self.address(page=None, per_page=None, columns=None, show=None, metric=None, sort=None)
        return f"{reverse('cases:case-list')}?{question}".rstrip("?")

    @property
    def cases(self) -> CaseQuerySet:
        """The selected cases, unordered."""
        return self.found

    @cached_property
    def area(self) -> Region | None:
        """The region that a map shows: that asked for, else the smallest that holds all cases that were found."""
        if self.region or not self.chosen:
            return self.region
        # Sorted by character: what the first and the last have in common, all have.
        ends = row_over(
            self.cases.order_by().values_list(path_of("region")),
            'SELECT min(place COLLATE "C"), max(place COLLATE "C") FROM ({}) AS found (place)',
            "<>",
        )
        if ends in (None, (None, None)):
            return None
        downwards = [codes_up(path)[::-1] for path in ends]
        common = [code for code, other in zip(*downwards, strict=False) if code == other]
        return Region.objects.get(code=common[-1]) if common else None

    @cached_property
    def count(self) -> int:
        return self._totals.cases if "_totals" in self.__dict__ else number_of(self.cases)

    def rows(self):
        """Every selected case in the order asked for, with what a row shows; what is not said comes last."""
        cases = self._as_rows(self.cases)
        if self.sort == RELEVANCE:
            return cases.by_relevance(search.query(self.chosen["q"]))
        column = F(SORTS[self.sort.removeprefix("-")])
        # Said only where it matters: an index on a column that is never NULL is not read for NULLS LAST.
        last = {"nulls_last": True} if column.name in ("rigs", "kw_best") else {}
        order = column.desc(**last) if self.sort.startswith("-") else column.asc(**last)
        return cases.order_by(order, "ref")

    def first(self, most, *order):
        """The first `most` of its cases in an order, the last of which is their reference; with what a row shows."""
        rows = self.cases.for_list().order_by(*order)
        return list(some_of(rows, slice(most), self._visible().for_list(), of=self.count))

    def _as_rows(self, cases):
        cases = cases.for_list()
        return cases.prefetch_related("office_numbers") if "office_number" in self.columns else cases

    @property
    def _beside(self):
        """What a row of its page shows beside the case and its sources. A search shows where its words are."""
        if "q" in self.chosen:
            return [*versions.BESIDE]
        return ["office_numbers"] if "office_number" in self.columns else []

    def _as_rows_of_page(self, cases):
        cases = cases.prefetch_related(*self._beside)
        return cases if "q" in self.chosen else cases.in_a_row()  # words are found in the long texts, too

    def _shown(self):
        """All that the reader may see, with what a page shows of it."""
        return self._as_rows_of_page(self._as_rows(self._visible()))

    def rows_of_page(self):
        return self._as_rows_of_page(self.rows())

    def page(self):
        """The page asked for; page 1 where that page is not there, with the problem said."""
        page = super().page()
        if self.count and not self.is_past_the_last_page:
            some = slice(page.start_index() - 1, page.end_index())
            page.object_list = some_of(page.paginator.object_list, some, self._shown(), of=self.count)
        page.versions = versions.of_a_list(page.object_list, *self._beside)
        # These and no others: a page that comes back must not show what another moment had on it.
        rows = self._shown().filter(pk__in=[key for key, _versions in page.versions])
        page.object_list = rows.order_by(*page.paginator.object_list.query.order_by)
        return page

    def did_you_mean(self):
        """Other words for a search that finds nothing, "" where there are none that find something."""
        if "q" not in self.chosen:
            return ""
        words = did_you_mean(self.chosen["q"], self.without("q").cases)
        query = search.query(words)
        return words if query and self.without("q").cases.having_words(query).exists() else ""

    def totals(self) -> Totals:
        """The sums and how many cases they come from; calculated once."""
        return self._totals

    @cached_property
    def _totals(self):
        return totals(self.cases)

    def choices(self):
        """The facets without counts, for an answer that must not wait for them."""
        return {
            name: [{"code": code, "name": label, "chosen": code in self.query.getlist(name)} for code, label in choices]
            for name, choices in _choices_in(get_language()).items()
        }

    def region_facet(self):
        """The regions below those asked for (or the countries), counted without the region filter."""
        wanted = self.chosen.get("region", [])
        found = (self.without("region") if wanted else self).by_region(self.region)
        codes = {region.code for region in wanted}
        return [
            {"code": row.region.code, "name": row.region.name, "count": row.cases, "chosen": row.region.code in codes}
            for row in found
        ]

    def by_region(self, parent=None):
        """Cases and rigs of each region right below `parent` (of each country without one)."""
        return by_region(self.cases.in_region(parent) if parent else self.cases, parent)

    @cached_property
    def measures(self) -> Measures:
        """What its charts draw of the metric asked for, in one query."""
        return self.measures_of([self.metric])

    def measures_of(self, metrics) -> Measures:
        """The same of all `metrics`; losses are those of the currency that most cases state."""
        losses = self.totals().losses
        return measures(self.cases, metrics, self.region, losses[0].currency if losses else "")

    def trend(self) -> list[dict]:
        """Cases and rigs by month, [{month, cases, rigs, rigs_cases}]; cases known only to the year are left out."""
        months = self.cases.exclude(date_precision=Precision.YEAR).annotate(month=month_of("occurred_on"))
        sums = months.values_list("month").annotate(Count("pk"), **rig_sums()).order_by()
        return [
            {"month": month, "cases": cases, "rigs": rigs, "rigs_cases": rigs_cases}
            for month, cases, rigs, rigs_cases in sorted(rows_of_query(sums, "=#+#"))
        ]

    def undated(self) -> dict:
        """What `trend` leaves out because its cases are known only to the year: {cases, rigs, rigs_cases}."""
        # One group, of which there is no row where there are no cases.
        sums = self.cases.filter(date_precision=Precision.YEAR).values_list("date_precision")
        rows = rows_of_query(sums.annotate(Count("pk"), **rig_sums()), "=#+#")
        _year, cases, rigs, rigs_cases = rows[0] if rows else (None, 0, None, 0)
        return {"cases": cases, "rigs": rigs, "rigs_cases": rigs_cases}

    def clusters(self, zoom):
        """Features for a map of its box, or of the world, at `zoom`: at most 2,000, made in the database."""
        box = self.chosen.get("bbox")
        return clusters(self.cases, box, zoom) if box else clusters(self.cases.in_box(*WORLD), WORLD, zoom)

    def extent(self):
        """What a map of the selection must show: (west, south, east, north), None without any place."""
        return extent(self.cases)

    def _read_columns(self):
        asked = [name for value in self.query.getlist("columns") for name in value.split(",") if name]
        unknown = [name for name in asked if name not in LIST_COLUMNS]
        if unknown:
            self.problems["columns"] = [_("There is no column “%(name)s”.") % {"name": unknown[0][:40]}]
        return [name for name in LIST_COLUMNS if name in asked] or DEFAULT_COLUMNS

    def _read_sort(self, text):
        if text == RELEVANCE:
            return RELEVANCE if search.query(self.chosen.get("q", "")) else DEFAULT_SORT
        return super()._read_sort(text)

    def _read_release(self, text):
        if text and text != release_asked.get():
            raise ValueError(
                _("There is no release “%(text)s” that can be asked here. Lists, files and the API answer from one.")
                % {"text": text[:40]}
            )
        return text

    def _read_metric(self, text):
        if text not in Metric:
            raise ValueError(
                _("A chart cannot show “%(text)s”. Available: %(names)s.")
                % {"text": text[:40], "names": ", ".join(Metric.values)}
            )
        return Metric(text)

    def _tidy(self, query):
        """`query` with each column once."""
        names = [name for value in query.getlist("columns") for name in value.split(",")]
        if len(set(names)) < len(names):
            query = query.copy()
            query["columns"] = ",".join(dict.fromkeys(names))
        return query

    def _usual_view(self):
        # Who chooses columns wants to see columns.
        return "table" if self.query.get("columns") else super()._usual_view()
