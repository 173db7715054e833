"""The smallest valid rows of what happened. A test names every value it checks."""

import json
from datetime import date, timedelta
from hashlib import sha256
from itertools import count

from django.contrib.auth import get_user_model

from cases.leads import keys
from cases.models import (
    Bulletin,
    Case,
    Citation,
    Clearance,
    Disposal,
    Document,
    Draft,
    FactorSet,
    Figure,
    Follow,
    Import,
    Lead,
    MeasuredAvoided,
    OfficeNumber,
    OpenDoubt,
    Party,
    Raid,
    Reason,
    Rig,
    Sanction,
    SavedBrief,
    SavedView,
    ScreenedMeter,
    ScreeningRun,
    Seizure,
    SheetLayout,
    Tip,
    WeightSet,
)
from cases.screening.rules import VERSION
from cases.screening.weights import SHIPPED
from regions.tests.builders import make_agency, make_person, make_region

numbers = count(1)


def make_case(**values):
    """A case that is not published, in a country of its own unless `region` is given; no raid, no rigs."""
    number = next(numbers)
    if "region" not in values:
        values["region"] = make_region()
    return Case.objects.create(
        **{
            "ref": f"case-{number}",
            "kind": "raid",
            "title_en": f"Case {number}",
            "occurred_on": "2021-05-18",
            "confidence": "high",
        }
        | values
    )


def make_raid(case, **values):
    return Raid.objects.create(case=case, **values)


def make_seizure(raid, **values):
    """A line that says nothing; a `count` is exact unless `qualifier` is given."""
    if values.get("count") is not None:
        values.setdefault("qualifier", "exact")
    return Seizure.objects.create(raid=raid, **values)


def make_rig(**values):
    number = next(numbers)
    return Rig.objects.create(
        **{
            "slug": f"rig-{number}",
            "manufacturer": "Maker",
            "model": f"Model {number}",
            "kind": "asic",
            "power_w": 3250,
            "confidence": "high",
        }
        | values
    )


def make_citation(case, **values):
    return Citation.objects.create(**{"case": case, "text": f"Rule {next(numbers)}"} | values)


def make_office_number(case, **values):
    """A number of an agency of its own unless `agency` is given."""
    if "agency" not in values:
        values["agency"] = make_agency()
    return OfficeNumber.objects.create(**{"case": case, "number": f"No. {next(numbers)}"} | values)


def make_figure(case, **values):
    return Figure.objects.create(**{"case": case, "quantity": "energy_kwh", "amount": 1104} | values)


def make_party(case, **values):
    return Party.objects.create(**{"case": case, "kind": "company"} | values)


def make_sanction(case, **values):
    return Sanction.objects.create(**{"case": case, "kind": "closure"} | values)


def make_disposal(seizure, **values):
    return Disposal.objects.create(**{"seizure": seizure, "kind": "destroyed"} | values)


def make_document(case, **values):
    """The row only: no file is written."""
    digest = sha256(str(next(numbers)).encode()).hexdigest()
    return Document.objects.create(
        **{
            "case": case,
            "title": "A document",
            "file": f"{digest[:2]}/{digest}",
            "media_type": "text/plain",
            "sha256": digest,
            "size_bytes": 1,
        }
        | values
    )


def make_saved_view(**values):
    """A private view of every case, of a person of its own unless `owner` is given."""
    number = next(numbers)
    if "owner" not in values:
        values["owner"] = get_user_model().objects.create_user(f"person-{number}")
    return SavedView.objects.create(**{"slug": f"view-{number}", "name": f"View {number}"} | values)


def make_saved_brief(**values):
    """A brief of every case of January 2021 that was saved when there was none, of a person of its own."""
    if "owner" not in values:
        values["owner"] = get_user_model().objects.create_user(f"person-{next(numbers)}")
    kept = {"method": 0, "periods": [{}, {}, {}], "cases": {}}
    return SavedBrief.objects.create(
        **{"first_day": "2021-01-01", "last_day": "2021-01-31", "kept": kept} | values
    )  # fmt: skip


def make_follow(**values):
    """Every case, followed at an address that is not confirmed, unless `owner` or `confirmed_at` is given."""
    if "owner" not in values:
        values.setdefault("address", f"person-{next(numbers)}@example.org")
    return Follow.objects.create(**{"name": "All cases", "language": "en", "rhythm": "daily"} | values)


def make_draft(**values):
    """An empty draft of a new case, of a person of its own unless `by` is given."""
    if "by" not in values:
        values["by"] = make_person()
    return Draft.objects.create(**values)


def make_bulletin(**values):
    """A bulletin of a person of its own unless `by` is given, without a file and without drafts."""
    if "by" not in values:
        values["by"] = make_person()
    return Bulletin.objects.create(**{"text": "6月3日查获矿机320台。"} | values)


def make_import(**values):
    """The row only: no file is written."""
    digest = sha256(str(next(numbers)).encode()).hexdigest()
    return Import.objects.create(
        **{"file": f"{digest[:2]}/{digest}", "file_name": "cases.csv", "sha256": digest} | values
    )


def make_sheet_layout(**values):
    """A layout that is shared everywhere unless `region` is given."""
    mapping = {"rules": {"Title": {"to": "title_en"}}, "for_all": {}}
    return SheetLayout.objects.create(**{"name": f"Layout {next(numbers)}", "mapping": mapping} | values)


def make_reason(case, **values):
    return Reason.objects.create(
        **{"case": case, "rule": "many_arrests", "doubt": "2,000 people detained", "reason": "How exact so."} | values
    )


def make_open_doubt(case, **values):
    return OpenDoubt.objects.create(**{"case": case, "rule": "many_arrests"} | values)


def make_factor_set(**values):
    """The defaults under the next number."""
    number = FactorSet.objects.count() + 1
    return FactorSet.objects.create(**{"number": number} | values)


def make_lead(**values):
    """A referral that nobody looked at."""
    return Lead.objects.create(**{"kind": "referral"} | values)


def make_tip(**content):
    """A tip of a lead of no known region, sealed to the key of the test; `content` is what its sender wrote."""
    content = {"text": "Fans", "where": "", "since": "", "contact": "", "point": None, "language": "en"} | content
    key, sealed = keys.sealed_for_office(json.dumps(content).encode())
    lead = make_lead(kind="tip", about="enterprise")
    return Tip.objects.create(lead=lead, receipt=f"{next(numbers):064}", reader=bytes(32), key=key, sealed=sealed)


def make_screening_run(**values):
    """A run that is done and found nothing, over a region of its own unless `region` is given."""
    if "region" not in values:
        values["region"] = make_region()
    return ScreeningRun.objects.create(**{"file_name": "readings.csv", "state": "done"} | values)


def make_measured_avoided(case, **values):
    """What feeder F1 took in two months before and after the raid: 60 kW less."""
    day = date.fromisoformat(str(case.occurred_on))
    given = {"subject": "feeder", "name": "F1", "first_day": day - timedelta(60), "last_day": day + timedelta(60)}
    given |= {"days_before": 60, "days_after": 60, "kw_before": 100, "kw_after": 40}
    return MeasuredAvoided.objects.create(case=case, **given | {"kw_low": 50, "kw_best": 60, "kw_high": 70} | values)


def make_weight_set(**values):
    """The version after the shipped one: a flat load has 50 points."""
    return WeightSet.objects.create(
        **{"number": VERSION + 1, "rules": VERSION, "points": SHIPPED | {"flat": 50.0}, "reason": "Too few"} | values
    )


def make_clearance(screened=None, **values):
    """That a meter is a cold store; it was looked at on 1 November 2026."""
    given = {"kind": "cold_store", "looked_on": "2026-11-01"} | values
    return Clearance.objects.create(screened=screened or make_screened_meter(), **given)


def make_screened_meter(run=None, **values):
    """A meter without points."""
    number = next(numbers)
    given = {"meter": f"M{number}", "rank": number, "points": 0, "kw": 0} | values
    return ScreenedMeter.objects.create(run=run or make_screening_run(), **given)
