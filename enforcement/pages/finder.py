"""One search for everything that has a name: regions, policies, cases, agencies, rigs."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.http import QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.access import agencies_visible_to
from cases.models import Case, Rig
from cases.selection import names, rollups, search, words
from cases.selection.filters import LONGEST_TEXT
from cases.selection.matches import did_you_mean
from cases.selection.names import Fit
from cases.selection.sentence import cases_in_words
from enforcement.templatetags.quantities import listed
from regions.grammar import quantities
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.language import in_other_language, in_reading_language, reads_chinese
from regions.models import Agency, Policy, Position, Region
from regions.models.policy import Standing

OFFERED = 3  # of each group, while somebody types
LISTED = 10  # of each group, on the page
MOST_COUNTED = 1_000  # cases; more are "more than 1,000", and the newest of them come first
# How many letters a beginning must have before it stands for the one region that begins so.
LETTERS, CHARACTERS = 4, 2


@require_safe
@vary_on_headers("HX-Request")
def search_everything(request):
    """What answers `q`, in groups. A name that only one page has leads there, unless `all` is asked for."""
    typing = bool(request.htmx)
    finder = Finder(request.GET.get("q", "").strip(), request.user, OFFERED if typing else LISTED)
    if typing:
        return TemplateResponse(request, "enforcement/search.html#offers", {"finder": finder})
    if finder.plain_hit and "all" not in request.GET:
        return redirect(finder.plain_hit.address)
    return TemplateResponse(request, "enforcement/search.html", {"finder": finder})


class Piece(NamedTuple):
    """A text beside others: its pieces, each with whether it was asked for."""

    text: str
    pieces: list[tuple[str, bool]]

    @property
    def lang(self):
        """The language of a text that is not in that of the page, else ""."""
        chinese = bool(re.search("[\u3400-\u9fff]", self.text))
        if chinese == reads_chinese() or not re.search(r"[^\W\d_]{2}", self.text):
            return ""
        return "zh-Hans" if chinese else "en"


@dataclass
class Hit:
    """A row that was found: its name, and one line of what matters about it."""

    name: Piece
    line: list[Piece]
    address: str
    fit: Fit
    rank: int = 0


@dataclass
class Group:
    """The hits of one kind; `found` is how many there are in all, `address` where the rest is listed."""

    key: str
    heading: str
    hits: list[Hit]
    found: int
    address: str = ""

    @property
    def has_more(self):
        return self.found > len(self.hits)


@dataclass
class Finder:
    """What answers `question`, as far as `user` may see it, at most `most` of each kind.

    However much is found, the number of queries is the same.
    """

    question: str
    user: object
    most: int

    @property
    def is_too_long(self):
        return len(self.question) > LONGEST_TEXT

    @cached_property
    def groups(self):
        if not self.question or self.is_too_long:
            return []
        groups = (self._regions(), self._policies(), self._cases(), self._agencies(), self._rigs())
        return [group for group in groups if group.hits]

    @property
    def found(self):
        return sum(group.found for group in self.groups)

    @cached_property
    def plain_hit(self):
        """The one page that is meant: a whole name before the beginning of one. None where several could be."""
        pages = [hit for group in self.groups if group.key in ("regions", "policies", "cases") for hit in group.hits]
        whole = [hit for hit in pages if hit.fit == Fit.WHOLE]
        if whole:  # a country before its namesake district
            return whole[0] if len(whole) == 1 or whole[0].rank < whole[1].rank else None
        begun = [hit for group in self.groups if group.key == "regions" for hit in group.hits if hit.fit == Fit.BEGINS]
        return begun[0] if len(begun) == 1 and self._says_enough else None

    @property
    def _says_enough(self):
        typed = words.plain(self.question).replace(" ", "")
        return len(typed) >= (LETTERS if typed.isascii() else CHARACTERS)

    @property
    def address(self):
        """Of all results, also where there is a `plain_hit`."""
        return f"{reverse('search')}?{self._query.urlencode()}&all=1"

    @cached_property
    def cases_address(self):
        return f"{reverse('cases:case-list')}?{self._query.urlencode()}"

    @cached_property
    def cases_found(self):
        """How many cases have the words; one more than are counted where there are more."""
        return self._cases_with_words.values("pk")[: MOST_COUNTED + 1].count() if self.question else 0

    @cached_property
    def all_cases(self):
        """The link to the cases with these words, in words."""
        if self.cases_found > MOST_COUNTED:
            shown = {"most": quantities.figure(MOST_COUNTED), "words": self.question}
            return _("All cases with “%(words)s” (more than %(most)s)") % shown
        shown = {"count": self.cases_found, "words": self.question}
        return (
            ngettext("%(count)s case with “%(words)s”", "All %(count)s cases with “%(words)s”", shown["count"]) % shown
        )

    def did_you_mean(self):
        """Other words that find something, or ""."""
        if not self.question or self.is_too_long:
            return ""
        other = did_you_mean(self.question, self._visible)
        return other if other and Finder(other, self.user, 1).groups else ""

    @cached_property
    def _names(self):
        return names.find(self.question)

    @cached_property
    def _visible(self):
        return Case.objects.visible_to(self.user)

    @cached_property
    def _query(self):
        query = QueryDict(mutable=True)
        query["q"] = self.question
        return query

    @cached_property
    def _cases_with_words(self):
        return search.with_words(self._visible, self.question, self.user)

    def _regions(self):
        found = self._names[Region]
        rows = list(_in_order(Region.objects.select_related("parent__parent__parent"), found[: self.most]))
        regions = [region for region, _fit in rows]
        codes = {code for region in regions for code in region.codes_up()}
        held = Position.objects.on(localdate()).filter(region__code__in=codes).select_related("region")
        positions = {position.region.code: position for position in held}
        cases = rollups.counted_upwards(self._visible.in_region(*regions))
        hits = []
        for region, fit in rows:
            said = [_stance(region, positions), cases_in_words(cases[region.code])]
            above = [listed(_above(region))]
            hits.append(self._hit(region, fit, region.name, region.other_name, said, above, rank=region.level_rank))
        return Group("regions", _("Regions"), hits, len(found), self._list("regions:region-list"))

    def _policies(self):
        found = self._names[Policy]
        policies = Policy.objects.as_of(localdate()).select_related("region")
        hits = []
        for policy, fit in _in_order(policies, found[: self.most]):
            named = [policy.document_number, policy.region.name]
            hits.append(self._hit(policy, fit, policy.title, policy.other_title, [_standing(policy)], named))
        return Group("policies", _("Policies"), hits, len(found), self._list("policies:policy-list"))

    def _cases(self):
        rows = self._cases_with_words.select_related("region").prefetch_related("office_numbers")
        wanted, hits = words.plain(self.question), []
        if self.cases_found > MOST_COUNTED:
            # Too many to weigh each of them while somebody types.
            rows = rows.order_by("-occurred_on", "ref")
        elif self.cases_found:
            rows = rows.by_relevance(search.query(self.question))
        for case in rows[: self.most] if self.cases_found else ():
            numbers = [number.number for number in case.shown_office_numbers]
            whole = wanted in map(words.plain, (case.ref, case.title_en, case.title_zh, *numbers))
            fit = Fit.WHOLE if whole else Fit.HOLDS
            day = day_as_known(case.occurred_on, case.date_precision)
            place = in_reading_language(case.shown_place, case.shown_place_zh)
            hits.append(self._hit(case, fit, case.title, case.other_title, [day], [place, case.region.name, *numbers]))
        return Group("cases", _("Cases"), hits, self.cases_found, self.cases_address)

    def _agencies(self):
        found = self._names[Agency]
        seen = agencies_visible_to(self.user).filter(pk__in=[row.pk for row in found]).select_related("region")
        known, hits = list(_in_order(seen, found)), []
        for agency, fit in known[: self.most]:
            said, place = [agency.get_kind_display()], [agency.region.name if agency.region else ""]
            other = in_other_language(agency.name_en, agency.name_zh)
            address = _cases_of(agency=agency.slug)
            hits.append(self._hit(agency, fit, str(agency), other, said, place, address=address))
        return Group("agencies", _("Agencies"), hits, len(known))

    def _rigs(self):
        found, hits = self._names[Rig], []
        for rig, fit in _in_order(Rig.objects.all(), found[: self.most]):
            said = [rig.get_kind_display(), f"{quantities.figure(rig.power_w)} W"]
            hits.append(self._hit(rig, fit, str(rig), "", said, [], address=_cases_of(rig=rig.slug)))
        return Group("rigs", _("Rigs"), hits, len(found))

    def _list(self, route):
        return f"{reverse(route)}?{self._query.urlencode()}"

    def _hit(self, row, fit, name, other_name, said, named, *, rank=0, address=""):
        """A Hit for `row`. Its line is what is `said` of it, then what is `named` there: words are found in names."""
        shown, line = self._marked(name), [Piece(str(text), [(text, False)]) for text in said]
        if other_name and not any(hit for _text, hit in shown.pieces):
            other = self._marked(other_name)
            if any(hit for _text, hit in other.pieces):  # else it would not be seen why this was found
                line.insert(0, other)
        line += [self._marked(text) for text in named]
        return Hit(shown, [piece for piece in line if piece.text], address or row.get_absolute_url(), fit, rank)

    def _marked(self, text):
        return Piece(text, words.marked(text, self.question))


def _in_order(rows, found):
    """The rows that were `found`, in that order, each with how well it fits."""
    by_pk = rows.in_bulk([row.pk for row in found])
    return ((by_pk[row.pk], row.fit) for row in found if row.pk in by_pk)


def _above(region):
    above = region.parent
    while above is not None:
        yield above.name
        above = above.parent


def _stance(region, positions):
    position = next((positions[code] for code in region.codes_up() if code in positions), None)
    if position is None:
        return ""
    shown = {"stance": position.get_stance_display(), "day": day_as_known(position.first_day)}
    if position.region_id == region.pk:
        return _("%(stance)s since %(day)s") % shown
    return _("%(stance)s in %(region)s since %(day)s") % (shown | {"region": position.region.name})


def _standing(policy):
    began = day_as_known(policy.began, Precision.DAY if policy.effective_on else policy.date_precision)
    if policy.standing == Standing.IN_FORCE:
        return _("In force since %(day)s") % {"day": began}
    if policy.standing == Standing.TO_COME:
        return _("In force from %(day)s") % {"day": began}
    if policy.standing == Standing.ENDED:
        return _("In force until %(day)s") % {"day": day_as_known(policy.last_day_of_force)}
    return policy.standing_label


def _cases_of(**codes):
    return reverse("cases:case-list", query=codes)
