"""Who writes to the record as people do."""

from django.db import connection, transaction

from cases.models import Case, Figure
from cases.models.case import LeadSource, SiteType
from cases.models.rig import RigKind
from cases.selection import search
from cases.tests.builders import (
    make_case,
    make_citation,
    make_figure,
    make_open_doubt,
    make_raid,
    make_seizure,
)
from cases.tests.owner import as_owner
from regions.models import Region


def truncate(table):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")


class Writer:
    """Writes to the record as people do, with what `chance` decides."""

    def __init__(self, chance, regions, agency, policy, rig):
        self.chance, self.regions, self.agency, self.policy, self.rig = chance, regions, agency, policy, rig

    def some_case(self):
        return self.chance.choice(Case.objects.order_by("pk"))

    def record(self):
        chance, rigs = self.chance, self.chance.choice([None, 10, 100, 1_069])
        point = (
            {"latitude": 40 + chance.random(), "longitude": 110 + chance.random(), "location_precision": "locality"}
            if chance.random() < 0.5
            else {}
        )
        made = make_case(
            region=chance.choice(self.regions), published=chance.random() < 0.6, sensitive=chance.random() < 0.3,
            kind=chance.choice(["raid", "sweep"]), rigs=rigs, kw_low=rigs, kw_best=rigs and rigs * 3.3, kw_high=rigs,
            site_type=chance.choice(SiteType.values), lead_source=chance.choice(LeadSource.values),
            rig_kind=chance.choice(RigKind.values), theft=chance.choice([None, True, False]),
            occurred_on=f"202{chance.randrange(5)}-0{chance.randrange(1, 9)}-1{chance.randrange(9)}",
            title_en=chance.choice(["Warehouse", "Farm"]), **point,
        )  # fmt: skip
        search.index(Case.objects.filter(pk=made.pk))
        if chance.random() < 0.5:
            made.agencies.add(self.agency)
            make_citation(made, policy=self.policy)
            make_open_doubt(made, rule=chance.choice(["many_arrests", "point_nowhere"]))
            make_figure(made, quantity="energy_kwh", amount=1_000)
            make_seizure(make_raid(made), rig=self.rig)

    def edit(self):
        case = self.some_case()
        case.rigs, case.published = self.chance.randrange(2_000), not case.published
        case.save()

    def retitle(self):
        case = self.some_case()
        Case.objects.filter(pk=case.pk).update(title_en="Farm" if case.title_en == "Warehouse" else "Warehouse")
        search.index(Case.objects.filter(pk=case.pk))

    def edit_many(self):
        Case.objects.filter(region=self.chance.choice(self.regions)).update(kind="sweep", theft=True)

    def withdraw(self):
        if Case.objects.count() > 3:
            self.some_case().delete()

    def move(self):
        case = self.some_case()
        case.region = self.chance.choice(self.regions)
        case.save()

    def rename_a_region(self):
        Region.objects.filter(pk=self.regions[0].pk).update(longitude=self.chance.uniform(100, 120))

    def take_a_doubt_away(self):
        self.some_case().open_doubts.all().delete()

    def state_a_loss(self):
        make_figure(self.some_case(), quantity="loss", amount=1_000, currency="CNY")

    def move_all_that_is_stated(self):
        Figure.objects.update(case=self.some_case())

    def change_who_seized(self):
        case = self.some_case()
        case.agencies.set([] if case.agencies.exists() else [self.agency])

    def cite_no_rule(self):
        self.some_case().citations.all().delete()

    def change_nothing_after_all(self):
        with transaction.atomic():
            Case.objects.update(rigs=1)
            transaction.set_rollback(True)


WRITES = [name for name in vars(Writer) if not name.startswith("_") and name not in ("some_case",)]
