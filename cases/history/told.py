"""What became of cases since somebody looked (`.since`), in words, as a reader may be told it now."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Case
from cases.models.case import CaseStatus
from regions.grammar import quantities
from regions.grammar.dates import day_as_known
from regions.grammar.quantities import figure

MOST = 50  # cases of a kind that are named


@dataclass
class Told:
    """A thing that is named: what it is, what is to be known of it, its address."""

    text: str
    detail: str = ""
    address: str = ""


@dataclass
class Part:
    """Things of a kind; `more` are there that are not named."""

    heading: str
    lines: list[Told] = field(default_factory=list)
    more: int = 0


def parts_since(found, reader, whole=str):
    """A Part for each thing that became of cases (a Since), nothing of what `reader` may not see now.

    `whole` makes the address of a case from its path.
    """
    visible = Case.objects.visible_to(reader)
    headings = [
        (found.new, lambda count: ngettext("%(number)s new case", "%(number)s new cases", count)),
        (found.changed, lambda count: ngettext("%(number)s case changed", "%(number)s cases changed", count)),
        (
            found.left,
            lambda count: ngettext(
                "%(number)s case is no longer among these", "%(number)s cases are no longer among these", count
            ),
        ),
    ]
    for marks, heading in headings:
        yield from _named(visible, marks, heading, whole)
    if found.gone:
        text = ngettext("%(number)s case was withdrawn", "%(number)s cases were withdrawn", found.gone)
        yield Part(text % {"number": figure(found.gone)})


def _named(visible, marks, heading, whole):
    cases = visible.filter(pk__in=[*marks])
    count = cases.count()
    if not count:
        return
    before = marks if isinstance(marks, dict) else {}
    lines = [
        Told(case.title, _facts(case, before.get(case.pk)), whole(case.get_absolute_url()))
        for case in cases.for_list().order_by("-occurred_on", "ref")[:MOST]
    ]
    yield Part(heading(count) % {"number": figure(count)}, lines, more=count - len(lines))


def _facts(case, before):
    """What a line says of a case beside its title; of what was `before`, only what is otherwise now."""
    rigs = _("Rigs: %(rigs)s") % {"rigs": quantities.rigs(case.rigs, case.rigs_qualifier)}
    facts = [case.region.name, day_as_known(case.occurred_on, case.date_precision), rigs]
    if before:
        _changed_at, rigs_before, status = before
        if rigs_before != case.rigs:
            facts[2] = _("%(now)s (before: %(then)s)") % {"now": rigs, "then": quantities.rigs(rigs_before)}
        if status != case.status:
            then = CaseStatus(status).label
            facts.append(_("%(now)s (before: %(then)s)") % {"now": case.get_status_display(), "then": then})
    return " · ".join(facts)
