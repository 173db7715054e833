"""Briefs that are saved: the verbs, and the brief of a day beside what its figures are now.

Kept is what each case added to each figure, and not the sums alone: a case that may not be told of any more is left
out of the figures of that day too, so that no difference tells what it had.
"""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.history.since import marks_of, nameable, since
from cases.history.told import parts_since
from cases.models import Case, FactorSet, SavedBrief
from cases.selection import saved_views, sentence, sums
from regions.grammar.quantities import figure
from regions.keeping import number_of

from .content import UNFINISHED, Brief, Cell, FigureRow, Missing
from .period import BriefPeriod

MOST_BRIEFS = 200  # of one person
MOST_CASES = 10_000  # of one brief
UNITS = {"rigs": "rigs", "arrests": "people", "kw_low": "kW", "kw_best": "kW", "kw_high": "kW", "kg": "kg/kWh"}


def save_brief(brief, *, by):
    """Keep the figures of `brief` as they are today. The SavedBrief; the same once more is the same.

    Raises ValidationError where it is not understood, or too much.
    """
    asked = brief.selection.without("occurred_after", "occurred_before")
    made = SavedBrief(
        owner=by, name=brief.selection.view.name if brief.selection.view else "",
        query=saved_views.question_kept(asked), first_day=brief.period.first, last_day=brief.period.last,
        kept=_kept_of(brief),
    )  # fmt: skip
    with transaction.atomic():
        # One after the other: the second of two simultaneous clicks finds what the first made.
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
        mine = SavedBrief.objects.filter(owner=by)
        same = {name: getattr(made, name) for name in ("name", "query", "first_day", "last_day", "kept")}
        twin = mine.filter(**same, saved_at__date=localdate()).first()
        if twin:
            return twin
        if mine.count() >= MOST_BRIEFS:
            raise ValidationError(_("You have %(most)s saved briefs. Remove one first.") % {"most": MOST_BRIEFS})
        made.save(force_insert=True)
    return made


def briefs_in_words(user):
    """The saved briefs of `user`, newest first: [(SavedBrief, what it is about, its period)], without counting."""
    briefs = list(SavedBrief.objects.filter(owner=user.pk).defer("kept"))
    return [
        (brief, brief.name or words, BriefPeriod(brief.first_day, brief.last_day).in_words)
        for brief, words in saved_views.views_in_words(briefs, user)
    ]


def _kept_of(brief):
    """What the figures of `brief` rest on, ready for JSON: for each of its periods what each case adds to them."""
    by_period = [selection.cases for selection in brief.selections]
    if sum(map(number_of, by_period)) > MOST_CASES:
        raise ValidationError(_("A brief of more than %(most)s cases cannot be saved.") % {"most": figure(MOST_CASES)})
    return {
        "columns": [*sums.PARTS],
        "units": UNITS,
        "method": FactorSet.objects.current().number,
        "periods": [sums.parts_by_case(cases) for cases in by_period],
        "cases": _marks_of(by_period),
    }


def _marks_of(by_period):
    found = {}
    for cases in by_period:
        found |= marks_of(cases)
    return found


class BriefOfItsDay(Brief):
    """A SavedBrief as `user` may read it on the day `today`: its figures are those of the day on which it was saved.

    What a brief says beside figures and cases is what the record says now, so that this one does not say it.
    """

    months = picture = None
    leads = claims = deadlines = ()
    other_claims = 0

    def __init__(self, saved, user, today):
        period = BriefPeriod(saved.first_day, saved.last_day)
        super().__init__(QueryDict(saved.query), user, period, localdate(saved.saved_at))
        self.saved = saved
        self.now = Brief(self.query, user, period, today)

    @property
    def name(self):
        return self.saved.name or super().name

    @property
    def question(self):
        # Without the number of cases, which would be that of now.
        return sentence.uncounted(self.selection.chosen, self.selection.filter.form.fields)

    @cached_property
    def _told(self):
        """For each period the cases of that day that may be told of now: {primary key: what it adds}.

        They are still in the answer, or may be named whatever was asked.
        """
        kept = self.saved.kept["periods"]
        everywhere = nameable([int(pk) for pk in self.saved.kept["cases"]], self.user)
        found = []
        for parts, selection in zip(kept, self.now.selections, strict=True):
            told = everywhere.union(selection.cases.values_list("pk", flat=True))
            found.append({int(pk): part for pk, part in parts.items() if int(pk) in told})
        return found

    @cached_property
    def _sums(self):
        given = (FactorSet.objects.filter(number=self.saved.kept["method"]).first() or FactorSet(number=0)).assumptions
        return [sums.totals_of_parts(parts.values(), given) for parts in self._told]

    @property
    def totals(self):
        return self._sums[0]

    @property
    def cases(self):
        return Case.objects.visible_to(self.user).filter(pk__in=self._told[0])

    @cached_property
    def rows(self):
        """The rows of that day, each figure beside what it is now; then those of now that there were not."""
        then, now = ({row.label: row for row in rows} for rows in (super().rows, self.now.rows))
        return [_beside(label, then.get(label), now.get(label)) for label in then | now]

    @cached_property
    def since(self):
        """A Part for each thing that became of its cases since."""
        now = _marks_of([selection.cases for selection in self.now.selections])
        return list(parts_since(since(self.saved.kept["cases"], now, self.user), self.user))

    @property
    def has_changed(self):
        return any(cell.has_changed for row in self.rows for cell in row.by_period)

    @property
    def missing(self):
        found = [Missing(str(UNFINISHED))] if self.is_unfinished else []
        left_out = len(self.saved.kept["cases"].keys() - {str(pk) for told in self._told for pk in told})
        if left_out:
            text = ngettext(
                "%(count)s case of that day may not be told of any more and is in none of these figures.",
                "%(count)s cases of that day may not be told of any more and are in none of these figures.",
                left_out,
            )
            found.append(Missing(text % {"count": figure(left_out)}))
        return found


def _beside(label, then, now):
    """The FigureRow of `then` with what `now` says otherwise; one of them may be None."""
    cells = []
    for old, new in zip((then or now).by_period, (now or then).by_period, strict=True):
        was, is_now = then and old.value, now and new.value
        cells.append(Cell(old.period, was, was != is_now, is_now))
    was, is_now = (row.rests_on if row else "" for row in (then, now))
    return FigureRow(label, cells, was, is_now if is_now != was else "")
