"""Which doubts are open about stored cases: what looks wrong, and no reason was given for it."""

from collections import defaultdict
from dataclasses import replace

from django.db import transaction
from django.db.models import Q

from cases.bulk import AnyOf, among, batches, in_processes, insert_columns
from cases.method.factors import GridFactors
from cases.models import Case, Citation, Figure, OpenDoubt, Reason, Rig, Seizure
from cases.models.intake import DoubtRule
from regions import places
from regions.models import Policy, Region
from regions.models.region import path_of

from . import rules
from .twins import Sighting, likely_twins, twins_on_record

AT_A_TIME = 10_000


def review(pks, processes=1, progress=lambda _cases: None):
    """Write which doubts are open about the cases `pks`: those that no Reason answers.

    A reason that one of two likely twins has answers for both. More than one of `processes` look for them while this
    one writes: for a command, outside of a transaction, whose rows they would not see. `progress` is told of how many
    more cases they are written.
    """
    # By place, then by day: each batch then reads the cases near to it, and not the whole record.
    cases = Case.objects.filter(pk__in=among(pks)).order_by(path_of("region"), "occurred_on")
    in_order = list(cases.values_list("pk", flat=True))
    with in_processes(processes) as each:
        for batch, found in each(_found, batches(in_order, AT_A_TIME)):
            _write(batch, found)
            progress(len(batch))


def _found(pks):
    """(`pks`, the keys of the doubts about these cases that no Reason answers)."""
    twins = {(pk, DoubtRule.TWIN, other) for pk, other in twins_on_record(pks)}
    return pks, set(_unanswered(_of_their_own(pks) | twins))


@transaction.atomic
def _write(pks, found):
    stored = _locked(pks)
    _delete([stored[key] for key in stored.keys() - found])
    rows = sorted(found - stored.keys(), key=lambda key: (key[1], key[0], key[2] or 0))
    insert_columns(OpenDoubt, {"case_id": "bigint", "rule": "text", "other_id": "bigint"}, rows)


def differing(pks):
    """The keys among `pks` of the cases whose open doubts are not those that `review` would write.

    Likely twins are left out: which of many alike are kept depends on the order in which they were looked for.
    """
    stored = OpenDoubt.objects.filter(case__in=pks).exclude(rule=DoubtRule.TWIN).values_list("case", "rule", "other")
    return {pk for pk, _rule, _other in set(stored) ^ set(_unanswered(_of_their_own(pks)))}


def _of_their_own(pks):
    """{(key of a case, rule, None)} of what looks wrong about the cases `pks`, without likely twins."""
    with places.at_once():
        return {(pk, doubt.rule, None) for pk, facts in _facts(pks) for doubt in rules.doubts(facts)}


def _unanswered(found):
    """Those of `found`, keys of a case, a rule and another case, that no Reason of either case answers."""
    asked = {pk for pk, _rule, _other in found}
    answered = set(Reason.objects.filter(case__in=among(asked)).values_list("case", "rule")) if asked else ()
    return [key for key in found if not {(key[0], key[1]), (key[2], key[1])}.intersection(answered)]


def clear(pks):
    """Delete the open doubts about the cases `pks`, before these are deleted."""
    _delete(_locked(pks).values())


def _delete(doubts):
    if doubts:
        OpenDoubt.objects.filter(pk__in=among(doubts)).delete()


def _locked(pks):
    """The open doubts about the cases `pks`: {(key of a case, rule, key of another or None): primary key}."""
    # Always in the same order: two people who save likely twins then wait for each other without a deadlock.
    rows = OpenDoubt.objects.filter(Q(AnyOf("case", pks)) | Q(AnyOf("other", pks))).select_for_update().order_by("pk")
    return {(case, rule, other): pk for pk, case, rule, other in rows.values_list("pk", "case", "rule", "other")}


def _facts(pks):
    """(pk, Facts) of each of the cases, with the year of the factor that its carbon is calculated with."""
    figures = _by_case("case", Figure.objects.order_by("case", "quantity", "pk"), pks, *FIGURE)
    in_order = Seizure.objects.filter(rig__isnull=False).order_by("raid__case", "raid__raided_on", "raid", "pk")
    rigs = _by_case("raid__case", in_order, pks, "rig")
    cited = _by_case("case", Citation.objects.filter(policy__isnull=False).order_by("text"), pks, "policy")
    catalogue = Rig.objects.in_bulk({row.rig for rows in rigs.values() for row in rows})
    policies = Policy.objects.in_bulk({row.policy for rows in cited.values() for row in rows})
    cases = list(
        Case.objects.filter(pk__in=among(pks)).order_by("pk").values("pk", "region", "kw_best", *rules.AS_STORED)
    )
    regions, factors = _with_currency({case["region"] for case in cases}), GridFactors()
    for case in cases:
        pk, region, kw = case.pop("pk"), regions[case.pop("region")], case.pop("kw_best")
        models = [catalogue[row.rig] for row in rigs[pk]]
        facts = rules.facts_with(
            region, case, figures=figures[pk], models=models, policies=[policies[row.policy] for row in cited[pk]]
        )
        yield pk, _with_factor(facts, kw, factors)


FIGURE = ("quantity", "basis", "currency", "amount")


def _by_case(case, rows, pks, *fields):
    """{key of the case: its rows as plain values}, for what belongs to the cases `pks` by the lookup `case`."""
    found = defaultdict(list)
    for row in rows.filter(**{f"{case}__in": among(pks)}).values_list(case, *fields, named=True):
        found[row[0]].append(row)
    return found


def _with_currency(pks):
    """{key: Region}, each with the currency of its country, which would else be asked for at every case."""
    regions = Region.objects.in_bulk(pks)
    currencies = dict(Region.objects.tops().values_list("code", "currency"))
    for region in regions.values():
        region.currency = region.currency or currencies.get(region.country_code, "")
    return regions


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
    return _with_factor(rules.facts_of(case), case.kw_best, factors)


def _with_factor(facts, kw, factors):
    if kw is not None and (factor := factors.of(facts.region.codes_up(), facts.occurred_on.year)):
        facts.factor_year = factor.year
    return facts
