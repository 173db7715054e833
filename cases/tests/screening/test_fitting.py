"""Points fitted to what inspections found: they learn what is there, keep their signs, and are judged honestly."""

import numpy as np
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from cases.models import ScreenedMeter, WeightSet
from cases.screening.results.fitting import (
    FOLDS,
    LEAST,
    HeldOut,
    Inspections,
    WeightsFit,
    fitted_points,
    inspections_of,
)
from cases.screening.rules import VERSION
from cases.screening.weights import SHIPPED
from cases.tests.builders import make_lead, make_screened_meter, make_screening_run
from regions.tests.builders import make_person, make_region

NAMES = ["flat", "load", "restarts", "cooling"]
OLD = np.array([SHIPPED[name] for name in NAMES])


def invented(count=200, seed=3):
    """Inspections where restarts tell mines, kilowatts tell nothing, and cooling stands beside mines by chance."""
    chance = np.random.default_rng(seed)
    strengths = chance.random((count, len(NAMES)))
    odds = 1.0 * (strengths[:, 0] - 0.5) + 6.0 * (strengths[:, 2] - 0.5) + 4.0 * (strengths[:, 3] - 0.5)
    hits = chance.random(count) < 1 / (1 + np.exp(-odds))
    return Inspections(NAMES, strengths, hits, np.arange(count) % FOLDS)


class FitTests(SimpleTestCase):
    def test_it_finds_the_best_place_within_the_limits(self):
        found = invented()
        whole = np.full(found.count, True)
        best = fitted_points(found, OLD, whole)
        self.assertGreater(best[2], 25)
        self.assertTrue((best[:3] >= 0).all())
        self.assertEqual(best[3], 0.0)  # it would be above zero if it might

        def loss(points):
            """Written anew: what is least at the best place, with the best level of all."""
            level, least = np.linspace(-8, 8, 801), []
            odds = found.strengths @ points / 10
            for one in level:
                least.append(np.logaddexp(0, np.where(found.hits, -1, 1) * (odds + one)).sum())
            scale = np.maximum(np.abs(OLD), 10.0)
            return min(least) + 0.5 * np.square((points - OLD) / scale).sum()

        for place in range(4):
            for by in (-2.0, 2.0):
                moved = best.copy()
                moved[place] += by
                if moved[place] >= 0 if place < 3 else moved[place] <= 0:
                    with self.subTest(rule=NAMES[place], by=by):
                        self.assertGreater(loss(moved), loss(best) - 1e-3)

    def test_where_there_is_something_to_learn_held_out_inspections_gain(self):
        fit = WeightsFit(invented(), dict(zip(NAMES, OLD, strict=True)))
        self.assertGreater(fit.after.pairs_percent, fit.before.pairs_percent + 5)
        self.assertGreater(fit.after.hits_first, fit.before.hits_first)

    def test_what_is_held_out_is_not_seen_by_its_fit(self):
        """Outcomes that are thrown dice cannot be foretold: who peeked would be right more often."""
        dice = np.random.default_rng(1)
        found = invented(400)
        found = Inspections(NAMES, found.strengths, dice.random(400) < 0.5, found.folds)
        self.assertLess(abs(WeightsFit(found, dict(zip(NAMES, OLD, strict=True))).after.pairs_percent - 50), 7)

    def test_pairs_and_hits_are_counted(self):
        held = HeldOut(np.array([5.0, 4.0, 4.0, 1.0]), np.array([True, False, True, False]))
        self.assertEqual((held.pairs_percent, held.hits_first), (88, 1))


class FitPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region()
        cls.registrar = make_person("work_on_leads", "add_weightset", everywhere=True)
        cls.screening = make_screening_run(region=cls.region, weights=VERSION)
        lead = {state: make_lead(region=cls.region, state=state) for state in ("led_to_case", "not_mining")}
        for number in range(2 * LEAST):
            is_hit = number % 2 == 0
            make_screened_meter(
                cls.screening, meter=f"M{number:02}", points=40.0, lead=lead["led_to_case" if is_hit else "not_mining"],
                parts={"flat": 28.0, "restarts": 12.0} if is_hit else {"flat": 30.0},
            )  # fmt: skip

    def setUp(self):
        self.client.force_login(self.registrar)

    def fit(self):
        return self.client.post(reverse("screening:weights"), {"fit": "1"})

    def test_the_outcome_is_a_draft_in_the_form(self):
        page = self.fit()
        self.assertContains(page, "On inspections that were held out")
        self.assertContains(page, "Fitted to 40 inspections.")
        self.assertGreater(page.context["form"]["restarts"].value(), SHIPPED["restarts"])
        self.assertEqual(page.context["fit"].after.pairs_percent, 100)
        self.assertFalse(WeightSet.objects.exists())

    def test_too_few_inspections_are_refused_with_how_many_are_needed(self):
        ScreenedMeter.objects.filter(meter="M00").delete()
        self.assertContains(self.fit(), "20 hits and 20 misses are needed at least; there are 19 and 20.")

    def test_runs_whose_points_are_not_known_teach_nothing(self):
        self.screening.weights = 1
        outcomes = [(ScreenedMeter(run=self.screening, meter="M", parts={"flat": 9.0}), True)] * 50
        with self.assertRaisesMessage(ValidationError, "there are 0 and 0"):
            inspections_of(outcomes, NAMES)
