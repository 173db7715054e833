"""The strip of time of a region: its legal position, its own rules and their deadlines, its cases."""

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from cases.pictures.strip import MOST_LISTED, MOST_MARKS, Dated, Stretch, strip
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.durations import distance
from regions.keeping import some_of
from regions.models.policy import PolicyKind, PolicyStatus

WIDE, NARROW = 1190, 690  # px: of a page, and of a tablet and a sheet of A4


class Times:
    """The strips of a RegionPage in two widths, and the same as a list."""

    def __init__(self, page):
        self.page = page

    def strips(self):
        page = self.page
        groups = [(_("Rules"), self.rules), (_("Deadlines"), self.deadlines), (_("Cases"), self.marked_cases)]
        made = [
            (css, strip(self.spans, groups, page.today, width, self.months))
            for css, width in (("wide", WIDE), ("narrow", NARROW))
        ]
        return [(css, found) for css, found in made if found]

    @cached_property
    def rules(self):
        """The policies of the region itself, drafts apart."""
        return [
            Dated(
                policy.issued_on,
                "draft" if policy.status == PolicyStatus.DRAFT or policy.kind == PolicyKind.DRAFT else "rule",
                policy.title,
                day_as_known(policy.issued_on, policy.date_precision),
                policy.get_absolute_url(),
            )
            for policy in self.page.own_policies
        ]

    @cached_property
    def deadlines(self):
        return [
            Dated(
                policy.deadline_on, "deadline", policy.title, day_as_known(policy.deadline_on),
                policy.get_absolute_url(), note=distance(policy.deadline_on, self.page.today),
            )
            for policy in self.page.deadlines
        ]  # fmt: skip

    @property
    def _are_marked(self):
        return self.page.totals.cases <= MOST_MARKS

    @property
    def marked_cases(self):
        return self.cases if self._are_marked else []

    @cached_property
    def newest(self):
        """The newest cases, as rows of a list: all that are marked, or as many as are listed."""
        some = slice(MOST_MARKS if self._are_marked else MOST_LISTED)
        cases, visible = self.page.cases.for_list(), self.page.visible.for_list()
        return list(some_of(cases, some, visible, of=self.page.totals.cases))

    @cached_property
    def cases(self):
        """Those; one known only to the year is marked over the whole year."""
        return [
            Dated(
                case.occurred_on,
                "case" if case.counts_in_totals else "sum",
                case.title,
                day_as_known(case.occurred_on, case.date_precision),
                case.get_absolute_url(),
                None if case.date_precision == Precision.DAY else case.occurred_until,
            )
            for case in self.newest
        ]

    @cached_property
    def months(self):
        """Cases by month, where they are too many to be marked one by one."""
        if self._are_marked:
            return None
        return [(month, amounts.cases) for month, amounts in self.page.measures.months.items()]

    @cached_property
    def spans(self):
        """What held here: the positions of the region itself, and of those above it where it has none."""
        own_first = list(self.page.positions)  # the nearest region first, its newest first
        edges = sorted({position.first_day for position in own_first})
        found = []
        for first, end in zip(edges, [*edges[1:], None][: len(edges)], strict=True):
            holder = next(
                (p for p in own_first if p.first_day <= first and (not p.last_day or p.last_day >= first)), None
            )
            if holder is None:
                continue
            if found and found[-1][0] is holder:
                found[-1][2] = end
            else:
                found.append([holder, first, end])
        return [
            Stretch(first, end or holder.last_day, holder.stance, self._label(holder)) for holder, first, end in found
        ]

    def _label(self, position):
        if position.region_id == self.page.region.pk:
            return position.get_stance_display()
        return _("%(stance)s (%(region)s)") % {
            "stance": position.get_stance_display(), "region": position.region.name
        }  # fmt: skip

    def listed(self):
        """All rules and deadlines and the newest cases, the newest first."""
        events = [*self.rules, *self.deadlines, *self.cases[:MOST_LISTED]]
        return sorted(events, key=lambda event: event.day, reverse=True)
