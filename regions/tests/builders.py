"""The smallest valid rows of the standing record. A test names every value it checks."""

from itertools import count

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from regions.models import (
    Agency,
    Boundary,
    Factor,
    GridArea,
    Indicator,
    Policy,
    Position,
    Provision,
    Reading,
    Region,
    SavingsClaim,
    Scope,
    Source,
)

numbers = count(1)


def make_person(*permissions, regions=(), everywhere=False, **values):
    """Somebody with these permissions by codename, working for `regions`, or `everywhere`."""
    values.setdefault("username", f"person-{next(numbers)}")
    person = get_user_model().objects.create_user(**values)
    codenames = [*permissions, *(["work_everywhere"] if everywhere else [])]
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    Scope.objects.bulk_create(Scope(user=person, region=region) for region in regions)
    return person


LEVEL_BELOW = {"bloc": "country", "country": "admin1", "admin1": "admin2", "admin2": "admin3"}


def make_region(**values):
    """A country; with a `parent`, a region of the level below it."""
    number = next(numbers)
    parent = values.get("parent")
    code = f"{parent.code}-{number}" if parent else f"XX-{number}"
    level = LEVEL_BELOW[parent.level] if parent else "country"
    return Region.objects.create(**{"code": code, "level": level, "name_en": f"Region {number}"} | values)


def make_boundary(region, **values):
    """One degree by one degree, its south-west corner at 0, 0."""
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    return Boundary.objects.create(**{"region": region, "geometry": square, "origin": "A test"} | values)


def make_source(**values):
    return Source.objects.create(**{"publisher": f"Publisher {next(numbers)}"} | values)


def make_agency(**values):
    number = next(numbers)
    return Agency.objects.create(
        **{"slug": f"agency-{number}", "name_en": f"Agency {number}", "kind": "police"} | values
    )


def make_policy(**values):
    number = next(numbers)
    return Policy.objects.create(
        **{
            "ref": f"policy-{number}",
            "title_en": f"Policy {number}",
            "kind": "notice",
            "issued_on": "2021-09-24",
            "status": "in_force",
            "confidence": "high",
        }
        | _needed(values, region=make_region, source=make_source)
    )


def make_provision(policy, **values):
    return Provision.objects.create(
        **{"policy": policy, "number": str(next(numbers)), "text_en": "A rule", "confidence": "high"} | values
    )


def make_position(**values):
    return Position.objects.create(
        **{"first_day": "2021-09-24", "stance": "banned", "confidence": "high"} | _needed(values, region=make_region)
    )


def make_savings_claim(**values):
    return SavingsClaim.objects.create(
        **{
            "ref": f"claim-{next(numbers)}",
            "kind": "saving",
            "claimed_by": "An authority",
            "confidence": "high",
        }
        | _needed(values, region=make_region, source=make_source)
    )


def make_indicator(**values):
    return Indicator.objects.create(
        **{"kind": "hashrate_share", "series": f"series {next(numbers)}", "unit": "%"}
        | _needed(values, region=make_region)
    )


def make_reading(indicator, **values):
    return Reading.objects.create(
        **{"indicator": indicator, "year": 2021, "value": 1, "confidence": "high"} | _needed(values, source=make_source)
    )


def make_factor(**values):
    """Of no region: it holds everywhere."""
    return Factor.objects.create(
        **{
            "kind": "coal_equivalent",
            "scope": f"scope {next(numbers)}",
            "series": "generation",
            "value": "305.5",
            "unit": "gce/kWh",
            "confidence": "high",
            "source_text": "A source",
        }
        | values
    )


def make_grid_area(*regions, **values):
    values = {"slug": f"grid-{next(numbers)}", "name_en": "A grid", "source_text": "A map of grids"} | values
    grid = GridArea.objects.create(**values)
    grid.regions.set(regions)
    return grid


def _needed(values, **makers):
    """`values`, with a new row for each required relation that they do not name."""
    return {name: make() for name, make in makers.items() if name not in values} | values


def make_scope(**values):
    """That somebody works for a region, both of their own unless given."""
    if "user" not in values:
        values["user"] = make_person()
    if "region" not in values:
        values["region"] = make_region()
    return Scope.objects.create(**values)
