"""What must be true is refused twice when it is not: by the form with a message, by the database with its name."""

from datetime import date
from itertools import count
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import UUIDField
from django.test import TestCase
from pghistory.models import Event

from cases.models import HistorySeal, Inspection, LeadStep, Notice, Tip, TipPart
from cases.tests import builders as cases
from regions.tests import builders as regions

# Tables of events hold what other tables held: their rules are those of the tables they were taken from.
OURS = [
    model
    for app in ("regions", "cases")
    for model in apps.get_app_config(app).get_models()
    if not issubclass(model, Event) and not model._meta.proxy
]
numbers = count(1)


def make_closed_tip():
    """A tip that no key opens."""
    receipt = f"{next(numbers):064}"
    return Tip.objects.create(lead=cases.make_lead(kind="tip"), receipt=receipt, reader=b"x", key="x", sealed=b"x")


def builder_of(model):
    """How the smallest valid row of `model` is made."""
    case = cases.make_case
    raid = lambda: cases.make_raid(case())  # noqa: E731
    return {
        "region": regions.make_region,
        "boundary": lambda: regions.make_boundary(regions.make_region()),
        "source": regions.make_source,
        "agency": regions.make_agency,
        "policy": regions.make_policy,
        "provision": lambda: regions.make_provision(regions.make_policy()),
        "position": regions.make_position,
        "savingsclaim": regions.make_savings_claim,
        "indicator": regions.make_indicator,
        "reading": lambda: regions.make_reading(regions.make_indicator()),
        "factor": regions.make_factor,
        "gridarea": regions.make_grid_area,
        "rig": cases.make_rig,
        "screeningrun": cases.make_screening_run,
        "screenedmeter": cases.make_screened_meter,
        "measuredavoided": lambda: cases.make_measured_avoided(case()),
        "clearance": cases.make_clearance,
        "weightset": cases.make_weight_set,
        "case": case,
        "citation": lambda: cases.make_citation(case()),
        "officenumber": lambda: cases.make_office_number(case()),
        "raid": raid,
        "seizure": lambda: cases.make_seizure(raid()),
        "figure": lambda: cases.make_figure(case()),
        "party": lambda: cases.make_party(case()),
        "sanction": lambda: cases.make_sanction(case()),
        "disposal": lambda: cases.make_disposal(cases.make_seizure(raid())),
        "savedview": cases.make_saved_view,
        "savedbrief": cases.make_saved_brief,
        "follow": cases.make_follow,
        "notice": lambda: Notice.objects.create(follow=cases.make_follow(), kind="news"),
        "document": lambda: cases.make_document(case()),
        "draft": cases.make_draft,
        "bulletin": cases.make_bulletin,
        "factorset": cases.make_factor_set,
        "historyseal": lambda: HistorySeal.objects.create(table="cases_caseevent", up_to=7, digests={}),
        "import": cases.make_import,
        "opendoubt": lambda: cases.make_open_doubt(case()),
        "reason": lambda: cases.make_reason(case()),
        "scope": regions.make_scope,
        "sheetlayout": cases.make_sheet_layout,
        "lead": cases.make_lead,
        "inspection": lambda: Inspection.objects.create(
            lead=cases.make_lead(), visited_on="2024-05-01", found="nothing"
        ),
        "leadstep": lambda: LeadStep.objects.create(lead=cases.make_lead(), kind="note"),
        "tip": make_closed_tip,
        "tippart": lambda: TipPart.objects.create(tip=make_closed_tip(), kind="more", key="x", sealed=b"x"),
    }[model._meta.model_name]


# constraint → (model, what breaks it)
BROKEN = {
    "office_number_is_a_single_one": ("officenumber", {"number": "A; B"}),
    "cases_lead_point_is_whole": ("lead", {"latitude": 5.0}),
    "cases_lead_score_in_range": ("lead", {"score": 101}),
    "region_only_countries_and_blocs_have_no_parent": ("region", {"level": "admin1"}),
    "regions_region_point_is_whole": ("region", {"latitude": 5.0}),
    "boundary_is_an_area": ("boundary", {"geometry": {"type": "Point", "coordinates": [0, 0]}}),
    "source_names_its_publisher": ("source", {"publisher": ""}),
    "regions_policy_coarse_dates_start_their_period": ("policy", {"date_precision": "month"}),
    "regions_policy_expires_after_it_begins": ("policy", {"effective_on": "2021-01-02", "expires_on": "2021-01-01"}),
    "regions_provision_targets_known": ("provision", {"targets": ["everyone"]}),
    "regions_provision_sanction_kinds_known": ("provision", {"sanction_kinds": ["scolding"]}),
    "provision_fine_has_currency": ("provision", {"fine_max": 100_000}),
    "provision_fine_range_is_upright": ("provision", {"fine_min": 5, "fine_max": 4, "fine_currency": "MYR"}),
    "regions_provision_imprisonment_max_years_in_range": ("provision", {"imprisonment_max_years": 500}),
    "regions_savingsclaim_loss_amount_has_loss_currency": ("savingsclaim", {"loss_amount": 4_600_000_000}),
    "regions_savingsclaim_period_runs_forward": (
        "savingsclaim",
        {"period_start": "2021-02-01", "period_end": "2021-01-01"},
    ),
    "savingsclaim_only_a_saving_is_a_saving": ("savingsclaim", {"kind": "loss", "energy_kwh_per_year": 1}),
    "regions_savingsclaim_energy_kwh_per_year_in_range": ("savingsclaim", {"energy_kwh_per_year": -1}),
    "regions_savingsclaim_energy_kwh_in_range": ("savingsclaim", {"energy_kwh": -1}),
    "regions_savingsclaim_coal_tce_in_range": ("savingsclaim", {"coal_tce": -1}),
    "regions_savingsclaim_power_kw_in_range": ("savingsclaim", {"power_kw": -1}),
    "regions_reading_year_in_range": ("reading", {"year": 1066}),
    "regions_reading_month_in_range": ("reading", {"month": 13}),
    "regions_factor_year_in_range": ("factor", {"year": 1066}),
    "regions_provision_fine_min_in_range": ("provision", {"fine_min": -5, "fine_max": 10, "fine_currency": "MYR"}),
    "regions_provision_fine_max_in_range": ("provision", {"fine_max": -5, "fine_currency": "MYR"}),
    "regions_savingsclaim_co2_t_in_range": ("savingsclaim", {"co2_t": -5}),
    "cases_rig_released_year_in_range": ("rig", {"released_year": 3}),
    "rig_generic_names_its_year": ("rig", {"is_generic": True, "released_year": None}),
    "cases_rig_power_w_in_range": ("rig", {"power_w": 0}),
    "cases_rig_released_month_in_range": ("rig", {"released_month": 13}),
    "cases_case_coarse_dates_start_their_period": ("case", {"date_precision": "year"}),
    "cases_case_point_is_whole": ("case", {"latitude": 95.0, "longitude": 5.0, "location_precision": "site"}),
    "case_point_says_what_it_stands_for": ("case", {"latitude": 4.4, "longitude": 113.9}),
    "case_date_after_bitcoin": ("case", {"occurred_on": "2008-10-31"}),
    "cases_case_arrests_in_range": ("case", {"arrests": 1_000_001}),
    "cases_case_premises_in_range": ("case", {"premises": 1_000_001}),
    "cases_raid_coarse_dates_start_their_period": ("raid", {"raided_on": "2021-05-18", "date_precision": "month"}),
    "cases_raid_campaign_runs_forward": ("raid", {"raided_on": "2021-05-18", "raided_until": "2021-05-17"}),
    "cases_raid_visits_in_range": ("raid", {"visits": 0}),
    "cases_seizure_count_in_range": ("seizure", {"count": 1_000_001, "qualifier": "exact"}),
    "seizure_count_has_qualifier": ("seizure", {"count": 5, "qualifier": ""}),
    "cases_seizure_value_amount_has_value_currency": ("seizure", {"value_amount": 1_260_000}),
    "cases_figure_amount_in_range": ("figure", {"amount": -1}),
    "figure_money_has_currency_and_nothing_else_has": ("figure", {"quantity": "loss"}),
    "party_private_persons_stay_unnamed": ("party", {"kind": "person", "name": "Somebody"}),
    "cases_sanction_amount_has_currency": ("sanction", {"amount": 8000}),
    "cases_sanction_imprisonment_years_in_range": ("sanction", {"imprisonment_years": -1}),
    "cases_disposal_coarse_dates_start_their_period": (
        "disposal",
        {"disposed_on": "2021-07-16", "date_precision": "month"},
    ),
    "cases_disposal_count_in_range": ("disposal", {"count": 1_000_001}),
    "savedview_has_a_name": ("savedview", {"name": ""}),
    "savedbrief_ends_after_its_start": ("savedbrief", {"last_day": "2020-12-31"}),
    "follow_has_one_receiver": ("follow", {"address": ""}),
    "document_has_a_sha256_digest": ("document", {"sha256": "not a digest"}),
    "import_has_a_sha256_digest": ("import", {"sha256": "not a digest"}),
    "regions_provision_period_runs_forward": (
        "provision",
        {"first_day": "2021-02-01", "last_day": "2021-01-01"},
    ),
    "case_ran_before_it_was_found": ("case", {"running_since": "2021-05-19"}),
    "factor_in_its_usual_range": ("factor", {"kind": "grid_co2", "value": 581}),
    "factorset_pue_is_usual": ("factorset", {"pue_low": 1.2, "pue_best": 1.1}),
    "factorset_uptime_is_usual": ("factorset", {"uptime_high": 100}),
    "factorset_nameplate_is_usual": ("factorset", {"nameplate_low": 0.05}),
    "cases_factorset_gce_generation_in_range": ("factorset", {"gce_generation": 0.3055}),
    "cases_factorset_gce_calorific_in_range": ("factorset", {"gce_calorific": 0.1229}),
    "reason_is_given": ("reason", {"reason": ""}),
    "open_doubt_of_a_twin_names_it": ("opendoubt", {"rule": "twin"}),
    "cases_screeningrun_ends_after_it_starts": (
        "screeningrun",
        {"first_day": date(2026, 6, 2), "last_day": date(2026, 6, 1)},
    ),
    "cases_screenedmeter_point_is_whole": ("screenedmeter", {"latitude": 95.0, "longitude": 5.0}),
    "screened_meter_ranks_from_one": ("screenedmeter", {"rank": 0}),
    "measured_avoided_in_order": ("measuredavoided", {"kw_low": 65}),
    "cases_measuredavoided_ends_after_it_starts": ("measuredavoided", {"last_day": date(2000, 1, 1)}),
    "cases_clearance_ends_after_it_starts": (
        "clearance",
        {"looked_on": date(2026, 11, 2), "until": date(2026, 11, 1)},
    ),
    "clearance_of_something_else_says_of_what": ("clearance", {"kind": "other"}),
}
# The other half of a pair: NULL must not slip past the check.
HALVES = [
    ("provision_fine_has_currency", ("provision", {"fine_currency": "MYR"})),
    ("regions_region_point_is_whole", ("region", {"longitude": 5.0})),
    ("boundary_is_an_area", ("boundary", {"geometry": {}})),
    ("boundary_is_an_area", ("boundary", {"geometry": "x"})),
    ("regions_savingsclaim_loss_amount_has_loss_currency", ("savingsclaim", {"loss_currency": "MYR"})),
    ("cases_seizure_value_amount_has_value_currency", ("seizure", {"value_currency": "MYR"})),
    ("cases_sanction_amount_has_currency", ("sanction", {"currency": "MYR"})),
    ("seizure_count_has_qualifier", ("seizure", {"qualifier": "exact"})),
    ("case_point_says_what_it_stands_for", ("case", {"location_precision": "site"})),
    ("figure_money_has_currency_and_nothing_else_has", ("figure", {"currency": "MYR"})),
]
# Those that need more than one row have a test of their own below.
APART = {
    "region_is_not_its_own_parent",
    "position_one_at_a_time",
    "case_is_not_part_of_itself",
    "citation_provision_needs_its_policy",
    "lead_has_a_case_only_if_it_led_to_one",
    "lead_is_merged_into_another",
}
UNIQUE = {
    "source_is_listed_once": "source",
    "provision_number_once_in_a_policy": "provision",
    "indicator_series_once_a_region": "indicator",
    "reading_once_a_month": "reading",
    "factor_once_a_year": "factor",
    "rig_model_listed_once": "rig",
    "citation_once_a_case": "citation",
    "measured_avoided_once": "measuredavoided",
    "office_number_once_an_agency": "officenumber",
    "document_once_a_case": "document",
    "savedview_name_once_an_owner": "savedview",
    "follow_once": "follow",
    "scope_once_a_person": "scope",
    "sheet_layout_version_once": "sheetlayout",
    "history_seal_once": "historyseal",
    "open_doubt_once": "opendoubt",
    "screened_meter_once_in_a_run": "screenedmeter",
}


def model_named(name):
    return next(model for model in OURS if model._meta.model_name == name)


def constraint_named(model, name):
    return next(one for one in model._meta.constraints if one.name == name)


def refused_by_the_database(row, name):
    with pytest.raises((IntegrityError, DataError)) as refusal, transaction.atomic():
        row.save()
    assert name in str(refusal.value)


def refused_by_the_form(row, message):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    assert str(message) in refusal.value.messages


class ConstraintTests(TestCase):
    def test_every_rule_is_refused_twice(self):
        for name, (model_name, broken) in [*BROKEN.items(), *HALVES]:
            model = model_named(model_name)
            with self.subTest(name):
                row = builder_of(model)()
                for field, value in broken.items():
                    setattr(row, field, value)
                constraint = constraint_named(model, name)
                with self.assertRaises(ValidationError) as refusal:
                    constraint.validate(model, row)
                self.assertEqual(refusal.exception.messages, [str(constraint.violation_error_message)])
                with self.assertRaises(ValidationError):
                    row.full_clean()
                refused_by_the_database(row, name)

    def test_a_lead_names_a_case_only_if_it_led_to_one(self):
        lead = cases.make_lead()
        lead.led_to = cases.make_case()
        refused_by_the_form(lead, "Only a lead that led to a case names one.")
        refused_by_the_database(lead, "lead_has_a_case_only_if_it_led_to_one")

    def test_a_lead_is_merged_into_another_and_not_into_itself(self):
        lead, state = cases.make_lead(), "merged"
        for values in ({"merged_into": cases.make_lead()}, {"merged_into": lead, "state": state}):
            for field, value in values.items():
                setattr(lead, field, value)
            refused_by_the_form(lead, "A lead cannot be merged into itself.")
            refused_by_the_database(lead, "lead_is_merged_into_another")

    def test_every_column_with_choices_refuses_what_is_not_among_them(self):
        for model in OURS:
            for field in model._meta.concrete_fields:
                if not field.choices:
                    continue
                with self.subTest(f"{model._meta.model_name}.{field.name}"):
                    row = builder_of(model)()
                    setattr(row, field.attname, "zz")
                    with self.assertRaises(ValidationError) as refusal:
                        row.full_clean()
                    self.assertIn(field.name, refusal.exception.message_dict)
                    rule = constraint_named(model, f"{model._meta.label_lower.replace('.', '_')}_{field.name}_known")
                    with self.assertRaises(ValidationError):
                        rule.validate(model, row)
                    # Which of two broken rules the database names first is its own affair.
                    refused_by_the_database(row, "violates check constraint")

    def test_what_is_unique_is_listed_once(self):
        for name, model_name in UNIQUE.items():
            model = model_named(model_name)
            with self.subTest(name):
                row = builder_of(model)()
                twin = model.objects.get(pk=row.pk)
                twin.pk = None
                twin._state.adding = True
                # A public reference is unique by itself: the twin needs one of its own.
                for field in model._meta.concrete_fields:
                    if field.unique and not field.primary_key:
                        of_its_own = uuid4() if isinstance(field, UUIDField) else f"twin-{next(numbers)}"
                        setattr(twin, field.attname, of_its_own)
                refused_by_the_form(twin, constraint_named(model, name).violation_error_message)
                refused_by_the_database(twin, name)

    def test_no_rule_is_without_a_test(self):
        rules = {one.name for model in OURS for one in model._meta.constraints}
        known = {name for name in rules if name.endswith("_known")} - set(BROKEN)
        self.assertEqual(rules - known, set(BROKEN) | APART | set(UNIQUE))

    def test_a_region_is_not_its_own_parent(self):
        region = regions.make_region(parent=regions.make_region())
        region.parent = region
        with self.assertRaises(ValidationError) as refusal:
            region.full_clean()
        self.assertIn("parent", refusal.exception.message_dict)
        with self.assertRaises(IntegrityError) as refusal, transaction.atomic():
            type(region).objects.filter(pk=region.pk).update(parent=region.pk)
        self.assertIn("region_is_not_its_own_parent", str(refusal.exception))

    def test_a_case_is_not_part_of_itself(self):
        case = cases.make_case()
        case.part_of = case
        with self.assertRaises(ValidationError):
            case.full_clean()
        refused_by_the_database(case, "case_is_not_part_of_itself")

    def test_a_provision_is_cited_together_with_its_policy(self):
        citation = cases.make_citation(cases.make_case())
        citation.provision = regions.make_provision(regions.make_policy())
        refused_by_the_form(citation, "A provision must be cited together with its policy.")
        refused_by_the_database(citation, "citation_provision_needs_its_policy")
        citation.policy = regions.make_policy()
        refused_by_the_form(citation, "This provision belongs to another policy.")

    def test_a_region_cannot_hold_two_positions_on_one_day(self):
        region = regions.make_region()
        regions.make_position(region=region, first_day="2021-01-01", last_day="2021-09-23")
        other = regions.Position(region=region, first_day="2021-09-23", stance="banned", confidence="high")
        refused_by_the_form(other, "This region already has a legal position on some of these days.")
        refused_by_the_database(other, "position_one_at_a_time")
        other.first_day = "2021-09-24"
        other.full_clean()
        other.save()

    def test_a_reversed_period_is_a_message_and_not_a_crash(self):
        row = regions.Position(region=regions.make_region(), stance="banned", confidence="high")
        row.first_day, row.last_day = date(2021, 1, 2), date(2021, 1, 1)
        refused_by_the_form(row, "The end cannot be before the start.")
        with self.assertRaises((IntegrityError, DataError)), transaction.atomic():
            row.save()


class RegionTreeTests(TestCase):
    def test_a_region_that_moves_takes_everything_below_with_it(self):
        old, new = regions.make_region(code="AA"), regions.make_region(code="BB")
        part = regions.make_region(code="AA-1", parent=old)
        town = regions.make_region(code="AA-1-x", parent=part)
        part.parent = new
        part.save()
        town.refresh_from_db()
        self.assertEqual(town.path, "/BB/AA-1/AA-1-x/")
        self.assertEqual([region.code for region in town.ancestors()], ["BB", "AA-1"])
        within = regions.Region.objects.within(new)
        self.assertEqual({region.code for region in within}, {"BB", "AA-1", "AA-1-x"})

    def test_a_region_is_found_by_either_name_countries_first(self):
        georgia = regions.make_region(code="GE", name_en="Georgia", name_zh="格鲁吉亚")
        states = regions.make_region(code="US", name_en="United States")
        state = regions.make_region(code="US-GA", parent=states, name_en="Georgia", name_zh="乔治亚州")
        named = regions.Region.objects.named
        self.assertEqual(list(named("georgia")), [georgia, state])
        self.assertEqual(list(named("乔治")), [state])
        self.assertEqual(list(named("us-ga")), [state])
