"""What is summed up on many cases at once is what is summed up on each."""

import random

import pghistory
from django.test import TestCase

from cases.actions.summing import SUMS, sum_up
from cases.models import Case, OpenDoubt
from cases.tests.builders import (
    make_case,
    make_citation,
    make_figure,
    make_raid,
    make_reason,
    make_rig,
    make_seizure,
)
from regions.tests.builders import make_policy, make_region


class ManyAtOnceTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        chance = random.Random(3)  # noqa: S311 - no secret
        china = make_region(code="CN", currency="CNY")
        district = make_region(code="CN-150800", parent=make_region(code="CN-NM", parent=china))
        make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400)
        rig, policy = make_rig(released_year=2023), make_policy(effective_on="2022-01-01")
        for number in range(24):
            point = {"latitude": 40.7, "longitude": 107.4, "location_precision": "site"} if number % 3 else {}
            case = make_case(
                region=district if number % 2 else china, published=number % 5 > 0, sensitive=number % 7 == 0,
                # So that a case has at most five others that it may be, which are all that are kept.
                occurred_on=f"20{16 + number // 4}-0{1 + number % 4}-01", title_en=f"Raid on a warehouse {number % 4}",
                arrests=chance.choice([None, 2_000]), site_type=chance.choice(["residential", "farm"]), **point,
            )  # fmt: skip
            raid = make_raid(case)
            for count in chance.choice([(), (5_000,), (100, 5)]) if number % 4 else (5_000,):
                make_seizure(raid, count=count, rig=chance.choice([None, rig]))
            if number % 4 == 0:
                make_figure(case, amount=900)
                make_figure(case, quantity="loss", basis="total", amount=50, currency="EUR")
                make_citation(case, policy=policy)
            if number % 6 == 0:
                make_reason(case, rule="many_arrests")

    def stored(self):
        cases = list(Case.objects.order_by("pk").values("pk", *SUMS, "words"))
        doubts = list(OpenDoubt.objects.order_by("case", "rule", "other").values_list("case", "rule", "other"))
        events = [(model.__name__, model.objects.count()) for model in pghistory.core.event_models()]
        return cases, doubts, events

    def test_all_at_once_are_as_each_by_itself(self):
        for case in Case.objects.all():
            sum_up(Case.objects.filter(pk=case.pk))
        for case in Case.objects.all():  # again: only now has each the sums of all others beside it
            sum_up(Case.objects.filter(pk=case.pk))
        by_themselves = self.stored()
        rules = {rule for _case, rule, _other in by_themselves[1]}
        self.assertGreaterEqual(len(rules), 7, rules)
        Case.objects.update(words=None, **dict.fromkeys(["rigs", "kw_low", "kw_best", "kw_high"]))
        OpenDoubt.objects.all().delete()
        sum_up(Case.objects.all())
        self.assertEqual(self.stored(), by_themselves)
