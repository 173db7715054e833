"""Which doubts are open about stored cases: what looks wrong, and no reason was given for it."""

from dataclasses import replace

from django.db import transaction
from django.db.models import Q

from cases.bulk import batches
from cases.method.factors import GridFactors
from cases.models import Case, OpenDoubt, Reason
from cases.models.intake import DoubtRule
from regions import places
from regions.models import Region

from . import rules
from .twins import Sighting, likely_twins, twins_on_record

AT_A_TIME = 2_000


def review(pks):
    """Write which doubts are open about the cases `pks`: those that no Reason answers.

    A reason that one of two likely twins has answers for both.
    """
    # By day: each batch then reads the cases near in time, and not the whole record.
    in_order = list(Case.objects.filter(pk__in=pks).order_by("occurred_on").values_list("pk", flat=True))
    for batch in batches(in_order, AT_A_TIME):
        _write(batch)


@transaction.atomic
def _write(pks):
    with places.at_once():
        found = {(pk, doubt.rule, None) for pk, facts in _facts(pks) for doubt in rules.doubts(facts)}
    found |= {(pk, DoubtRule.TWIN, other) for pk, other in twins_on_record(pks)}
    answered = set(Reason.objects.filter(case__in={pk for pk, _rule, _other in found}).values_list("case", "rule"))
    clear(pks)
    OpenDoubt.objects.bulk_create(
        [
            OpenDoubt(case_id=pk, rule=rule, other_id=other)
            for pk, rule, other in sorted(found, key=lambda key: (key[0], key[1], key[2] or 0))
            if not {(pk, rule), (other, rule)} & answered
        ],
        ignore_conflicts=True,
    )


def clear(pks):
    """Delete the open doubts about the cases `pks`, before they are written again or the cases are deleted."""
    # Always in the same order: two people who save likely twins then wait for each other without a deadlock.
    rows = OpenDoubt.objects.filter(Q(case__in=pks) | Q(other__in=pks))
    OpenDoubt.objects.filter(pk__in=list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))).delete()


def _facts(pks):
    """(pk, Facts) of each of the cases, with the year of the factor that its carbon is calculated with."""
    currencies = dict(Region.objects.tops().values_list("code", "currency"))
    factors = GridFactors()
    cases = Case.objects.filter(pk__in=pks).select_related("region")
    for case in cases.prefetch_related("figures", "raids__seizures__rig", "citations__policy"):
        # The currency of the country, which would else be asked for at every case.
        case.region.currency = case.region.currency or currencies.get(case.region.country_code, "")
        yield case.pk, facts_with_factor(case, factors)


def open_doubts(case, visible, factors=None):
    """What is open about `case`, in words: [(Doubt, its Twins)].

    `case` is as the reader may see it, with the point shown to them, and so are the twins, of the cases `visible`;
    `factors` are the GridFactors of its region, where they have been read.
    """
    rows = [(doubt.rule, doubt.other_id) for doubt in case.open_doubts.all()]
    if not rows:
        return []
    open_rules = {rule for rule, _other in rows}
    facts = replace(
        facts_with_factor(case, factors or GridFactors(case.region.codes_up())),
        latitude=case.shown_latitude,
        longitude=case.shown_longitude,
    )
    found = [(doubt, []) for doubt in rules.doubts(facts) if doubt.rule in open_rules]
    others = visible.filter(pk__in=[other for _rule, other in rows if other])
    twins = likely_twins([Sighting.shown(case)], others).get(0, []) if DoubtRule.TWIN in open_rules else []
    return [*found, (rules.twin_doubt(twins), twins)] if twins else found


def facts_with_factor(case, factors):
    """The Facts of a stored case with the year of the factor that its carbon is calculated with."""
    factor = factors.of(case.region.codes_up(), case.occurred_on.year) if case.kw_best is not None else None
    return replace(rules.facts_of(case), factor_year=factor.year if factor else None)
