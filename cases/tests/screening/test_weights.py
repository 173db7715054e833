"""The points of rules as numbered sets: previewed on a run, put in force by a registrar, used by the next run."""

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse

from cases.models import WeightSet
from cases.screening.results import kept
from cases.screening.rules import VERSION
from cases.screening.weights import SHIPPED, WeightsPreview, adopt, current_weights, outcomes_in
from cases.tests.builders import make_lead, make_screened_meter, make_screening_run, make_weight_set
from regions.tests.builders import make_person, make_region

from .test_runs import ReadingsInAFolder, make_run

PAGE = "/screening/weights/"
FLAT = SHIPPED | {"flat": 70.0}  # twice what is shipped


def typed(points=FLAT, **values):
    return points | {"reason": "Three misses", "instead_of": VERSION, "preview": "1"} | values


class PreviewTests(TestCase):
    """60 meters at 60, 59, … points; those of an odd rank have 30 of them for a flat load."""

    @classmethod
    def setUpTestData(cls):
        cls.region = make_region()
        cls.registrar = make_person("work_on_leads", "add_weightset", everywhere=True, username="registrar")
        cls.screening = make_screening_run(region=cls.region, weights=VERSION)
        cls.meters = [
            make_screened_meter(
                cls.screening,
                meter=f"M{rank:02}",
                rank=rank,
                points=61.0 - rank,
                parts={"flat": 30.0} if rank % 2 else {},
            )
            for rank in range(1, 61)
        ]
        for rank, state in ((1, "led_to_case"), (50, "not_mining"), (59, "led_to_case")):
            cls.meters[rank - 1].lead = make_lead(region=cls.region, state=state)
            cls.meters[rank - 1].save()

    def setUp(self):
        self.client.force_login(self.registrar)

    def test_a_preview_is_what_the_points_of_each_rule_add_up_to(self):
        preview = WeightsPreview(self.screening, SHIPPED, FLAT, outcomes_in(self.screening))
        points = {meter.meter: meter.points + meter.parts.get("flat", 0.0) for meter in self.meters}
        naive = sorted(points, key=lambda meter: (-points[meter], meter))
        self.assertEqual([place.meter for place in preview.places], naive)
        first, second = preview.shifts
        self.assertEqual({place.meter for place in first.came}, {"M51", "M53", "M55", "M57", "M59"})
        self.assertEqual({place.meter for place in first.went}, {"M42", "M44", "M46", "M48", "M50"})
        self.assertEqual((first.before, first.after), ((1, 1), (2, 0)))
        self.assertEqual((second.came, second.went, second.after), ([], [], (2, 1)))

    def test_the_same_points_change_nothing(self):
        for points in (SHIPPED, FLAT):
            preview = WeightsPreview(self.screening, points, points)
            self.assertTrue(all(place.before == place.after for place in preview.places))

    def test_a_run_of_an_older_set_is_compared_with_the_points_in_force(self):
        naive = WeightsPreview(self.screening, SHIPPED, FLAT)
        back = WeightsPreview(self.screening, FLAT, SHIPPED)
        there = {place.meter: (place.before, place.after) for place in naive.places}
        self.assertEqual({place.meter: (place.after, place.before) for place in back.places}, there)

    def test_a_registrar_sees_the_effect_and_puts_it_in_force(self):
        response = self.client.post(PAGE, typed(run=self.screening.pk))
        self.assertContains(response, "nothing is saved yet")
        self.assertContains(response, "rank 59 → 44")
        self.assertFalse(WeightSet.objects.exists())
        response = self.client.post(PAGE, typed(run=self.screening.pk, save="1"), follow=True)
        self.assertContains(response, f"Version {VERSION + 1} is in force")
        self.assertContains(response, "Flat load: 35 → 70")
        self.assertContains(response, "Three misses")
        made = current_weights()
        self.assertEqual((made.number, made.points, made.made_by), (VERSION + 1, FLAT, self.registrar))
        self.assertContains(
            self.client.get(reverse("method:screening")), f"The points are those of version {VERSION + 1}"
        )
        late = self.client.post(PAGE, typed(SHIPPED, save="1"))
        self.assertContains(late, f"A colleague put version {VERSION + 1} in force meanwhile", status_code=400)

    def test_what_is_not_clear_is_said(self):
        for name, sent, message in [
            ("a mark that gives points", typed(FLAT | {"cooling": 5}), "less than or equal to 0"),
            ("a rule that takes points", typed(FLAT | {"flat": -5}), "greater than or equal to 0"),
            ("no number", typed(FLAT | {"flat": "nan"}), "Enter a number."),
            ("without a reason", typed(reason=" "), "This field is required."),
            ("no such run", typed(run="x"), "is not a valid UUID"),
            ("nothing changed", typed(SHIPPED), "These are the points that are in force."),
        ]:
            with self.subTest(name):
                self.assertContains(self.client.post(PAGE, sent), message, status_code=400)
        self.assertFalse(WeightSet.objects.exists())

    def test_officers_may_not_and_a_set_of_other_rules_is_not_in_force(self):
        self.client.force_login(make_person("work_on_leads", regions=[self.region]))
        self.assertEqual(self.client.get(PAGE).status_code, 403)
        self.assertEqual(self.client.post(PAGE, typed(save="1")).status_code, 403)
        older = make_weight_set(rules=VERSION - 1, number=VERSION + 4)
        now = current_weights()
        # No number means two sets: runs keep it.
        self.assertEqual((now.number, now.points), (older.number + 1, SHIPPED))
        self.assertEqual(adopt(FLAT, instead_of=now.number, reason="A test", by=self.registrar).number, now.number + 1)
        with self.assertRaises(ValidationError):
            adopt(FLAT, instead_of=now.number, reason="Again", by=self.registrar)

    def test_without_a_run_the_page_says_so(self):
        self.screening.delete()
        self.assertContains(self.client.get(PAGE), "There is no finished run yet")


class NextRunTests(ReadingsInAFolder, TestCase):
    def test_a_run_has_the_points_that_are_in_force_when_it_begins(self):
        region = make_region()
        before, after = make_run(region), make_run(region)
        kept.screen_files(before)
        made = make_weight_set(points=SHIPPED | {"flat": 70.0})
        kept.screen_files(after)
        self.assertEqual((before.weights, after.weights), (VERSION, made.number))
        then, now = (run.meters.get(meter="M001") for run in (before, after))
        self.assertAlmostEqual(now.parts["flat"], 2 * then.parts["flat"], delta=0.02)
        # The preview on the older run says what the newer run found.
        preview = {place.meter: place.after for place in WeightsPreview(before, SHIPPED, made.points).places}
        self.assertEqual(preview["M001"], now.rank)
