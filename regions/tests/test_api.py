"""The standing record as data: what each noun says, what can be asked of it, and what is refused."""

from datetime import date, timedelta

from django.test import TestCase, override_settings
from django.utils.timezone import localdate

from regions.models import Factor, Indicator, Policy, Provision, Region, SavingsClaim
from regions.tests.builders import (
    make_agency,
    make_factor,
    make_indicator,
    make_policy,
    make_position,
    make_provision,
    make_reading,
    make_region,
    make_savings_claim,
    make_source,
)

NOUNS = {
    "regions": Region,
    "policies": Policy,
    "provisions": Provision,
    "savings": SavingsClaim,
    "indicators": Indicator,
    "factors": Factor,
}
unthrottled = override_settings(API_RATES={"anon": None, "user": None})


def one_of_each(region):
    """A row of every noun, with everything below it."""
    policy = make_policy(region=region, supersedes=make_policy(region=region))
    policy.issuers.add(make_agency())
    make_provision(policy, targets=["individual"], sanction_kinds=["fine"], fine_max=5, fine_currency="CNY")
    make_position(policy=policy)
    make_savings_claim(region=region)
    make_reading(make_indicator(region=region))
    make_factor(region=region)
    return policy


@unthrottled
class QuestionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China", name_zh="中国")
        inner = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia", name_zh="内蒙古自治区")
        make_region(code="CN-150800", parent=inner, name_en="Bayannur")
        make_region(code="MY", name_en="Malaysia")
        ban = make_policy(
            ref="ban", region=china, kind="notice", issued_on="2021-09-24", title_zh="整治通知",
            deadline_on=localdate() - timedelta(days=9),
        )  # fmt: skip
        draft = make_policy(ref="draft", region=inner, kind="draft", status="draft", issued_on="2021-05-25")
        make_policy(
            ref="later", region=china, kind="law", issued_on="2022-01-01", deadline_on=localdate() + timedelta(days=9)
        )
        make_provision(ban, number="1", targets=["individual", "exchange"], sanction_kinds=["fine"])
        make_provision(draft, number="2", targets=["data_centre"], sanction_kinds=["power_cut", "fine"])
        make_savings_claim(ref="saved", region=inner, kind="saving", stated_on="2021-11-01")
        make_savings_claim(ref="undated", region=china, kind="loss")
        make_savings_claim(ref="lost", region=Region.objects.get(code="MY"), kind="loss", stated_on="2022-11-01")
        make_indicator(series="share", region=china)
        make_indicator(series="price", region=inner, kind="industrial_tariff")
        make_factor(series="everywhere")
        make_factor(series="grid", region=inner, kind="grid_co2", year=2021, value="0.5810")

    def test_filters(self):
        for noun, name, query, expected in (
            ("regions", "code", "", ["CN", "CN-150800", "CN-NM", "MY"]),
            ("regions", "code", "parent=CN", ["CN-NM"]),
            ("regions", "code", "level=country", ["CN", "MY"]),
            ("regions", "code", "q=mongolia", ["CN-NM"]),
            ("regions", "code", "q=内蒙", ["CN-NM"]),
            ("regions", "code", "q=my", ["MY"]),
            ("regions", "code", "level=country&q=china", ["CN"]),
            ("policies", "ref", "", ["later", "ban", "draft"]),
            ("policies", "ref", "q=整治", ["ban"]),
            ("policies", "ref", "region=CN-NM", ["draft"]),
            ("policies", "ref", "region=CN&kind=law", ["later"]),
            ("policies", "ref", "status=draft", ["draft"]),
            ("policies", "ref", "deadline=ahead", ["later"]),
            ("policies", "ref", "deadline=passed", ["ban"]),
            ("provisions", "number", "", ["1", "2"]),
            ("provisions", "number", "policy=draft", ["2"]),
            ("provisions", "number", "target=exchange", ["1"]),
            ("provisions", "number", "sanction_kind=power_cut", ["2"]),
            ("provisions", "number", "sanction_kind=fine&policy=ban", ["1"]),
            ("savings", "ref", "", ["lost", "saved", "undated"]),
            ("savings", "ref", "region=CN", ["saved", "undated"]),
            ("savings", "ref", "kind=loss", ["lost", "undated"]),
            ("indicators", "series", "", ["share", "price"]),
            ("indicators", "series", "region=CN-NM", ["price"]),
            ("indicators", "series", "kind=hashrate_share", ["share"]),
            ("factors", "series", "", ["everywhere", "grid"]),
            ("factors", "series", "kind=grid_co2", ["grid"]),
            ("factors", "series", "region=CN", ["grid"]),
            ("factors", "series", "year=2021", ["grid"]),
            ("factors", "series", "year=2020&kind=", []),
        ):
            with self.subTest(noun=noun, query=query):
                answer = self.client.get(f"/api/v1/{noun}/?{query}").json()
                self.assertEqual([row[name] for row in answer["results"]], expected)
                self.assertEqual(answer["count"], len(expected))

    def test_what_is_not_understood_is_400_and_named(self):
        for noun, query, names in (
            ("regions", "parent=nowhere", ["parent"]),
            ("regions", "level=moon", ["level"]),
            ("regions", "level=country&level=admin1", ["level"]),
            ("regions", "path__regex=CN", ["path__regex"]),
            ("policies", "kind=x&region=x", ["kind", "region"]),
            ("policies", "page=1", ["page"]),
            ("policies", f"q={'x' * 201}", ["q"]),
            ("provisions", "policy=none&target=x&sanction_kind=x", ["policy", "sanction_kind", "target"]),
            ("savings", "sort=ref", ["sort"]),
            ("savings", "per_page=10", ["per_page"]),
            ("indicators", "year=2021", ["year"]),
            *(("factors", f"year={year}", ["year"]) for year in ("x", "20.5", "-1", "1989", "10000", "9" * 5000)),
            ("regions/CN", "q=x", ["q"]),
        ):
            with self.subTest(noun=noun, query=query[:60]):
                answer = self.client.get(f"/api/v1/{noun}/?{query}")
                self.assertEqual((answer.status_code, sorted(answer.json()["errors"])), (400, names))

    def test_a_cursor_made_by_hand_is_400_on_every_list(self):
        for noun in NOUNS:
            for cursor in ("x", "W2ZhbHNlLG51bGwsNTBd", "W2ZhbHNlLG51bGwsNTBd.x", "cD0yMDIxLTAxLTAx"):
                with self.subTest(noun=noun, cursor=cursor):
                    answer = self.client.get(f"/api/v1/{noun}/", {"cursor": cursor})
                    self.assertEqual((answer.status_code, list(answer.json()["errors"])), (400, ["cursor"]))


@unthrottled
class RowTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China", name_zh="中国", currency="CNY", latitude=35, longitude=105)

    def test_a_region_names_those_above_it(self):
        inner = make_region(code="CN-NM", parent=self.region, name_en="Inner Mongolia")
        make_region(code="CN-150800", parent=inner, name_en="Bayannur")
        row = self.client.get("/api/v1/regions/CN-150800/").json()
        self.assertEqual([above["code"] for above in row["ancestors"]], ["CN", "CN-NM"])
        self.assertEqual(row["parent"], {"code": "CN-NM", "name_en": "Inner Mongolia", "name_zh": None})
        self.assertEqual((row["level"], row["level_label"]), ("admin2", "Prefecture or district"))
        china = self.client.get("/api/v1/regions/CN/").json()
        self.assertEqual((china["latitude"], china["currency"], china["parent"]), (35, "CNY", None))

    def test_a_policy_alone_has_its_provisions(self):
        policy = one_of_each(self.region)
        row = self.client.get(f"/api/v1/policies/{policy.ref}/").json()
        self.assertEqual(row["supersedes"]["ref"], policy.supersedes.ref)
        self.assertEqual([issuer["kind"] for issuer in row["issuers"]], ["police"])
        self.assertEqual([position["stance"] for position in row["positions"]], ["banned"])
        [provision] = row["provisions"]
        self.assertEqual((provision["targets"], provision["target_labels"]), (["individual"], ["Individuals"]))
        self.assertEqual((provision["fine_min"], provision["fine_max"]), (None, 5))
        self.assertEqual(self.client.get(provision["api_url"]).json()["policy"]["ref"], policy.ref)
        successor = self.client.get(f"/api/v1/policies/{policy.supersedes.ref}/").json()["superseded_by"]
        self.assertEqual([row["ref"] for row in successor], [policy.ref])

    def test_an_indicator_has_its_readings_the_oldest_first(self):
        indicator = make_indicator(region=self.region)
        source = make_source(publisher="MEE")
        for year, value in ((2022, "0.5703"), (2019, 7)):
            make_reading(indicator, year=year, value=value, source=source)
        [row] = self.client.get("/api/v1/indicators/").json()["results"]
        readings = [(reading["year"], reading["value"], reading["source"]["publisher"]) for reading in row["readings"]]
        self.assertEqual(readings, [(2019, 7, "MEE"), (2022, 0.5703, "MEE")])

    def test_amounts_are_numbers_and_what_is_not_said_is_null(self):
        make_savings_claim(region=self.region, energy_kwh_per_year="6580000000.00", coal_tce="2000000")
        [row] = self.client.get("/api/v1/savings/").json()["results"]
        self.assertEqual((row["energy_kwh_per_year"], row["coal_tce"], row["co2_t"]), (6_580_000_000, 2_000_000, None))
        self.assertEqual((row["basis"], row["basis_label"], row["note"]), (None, None, None))

    def test_every_row_leads_to_itself(self):
        one_of_each(self.region)
        for noun in NOUNS:
            for row in self.client.get(f"/api/v1/{noun}/").json()["results"]:
                with self.subTest(row["api_url"]):
                    alone = self.client.get(row["api_url"]).json()
                    self.assertEqual({name: alone[name] for name in row}, row)

    def test_query_count_does_not_grow(self):
        most = {"regions": 2, "policies": 2, "provisions": 2, "savings": 2, "indicators": 3, "factors": 2}
        for rows in (1, 3):
            while Factor.objects.count() < rows:
                one_of_each(make_region(parent=self.region))
            for noun, queries in most.items():
                with self.subTest(noun=noun, rows=rows), self.assertNumQueries(queries):
                    self.client.get(f"/api/v1/{noun}/")

    def test_query_count_of_one_policy_does_not_grow_with_its_provisions(self):
        policy = one_of_each(self.region)
        for provisions in (1, 3):
            while policy.provisions.count() < provisions:
                make_provision(policy)
                make_position(policy=policy)
                policy.issuers.add(make_agency())
            with self.subTest(provisions=provisions), self.assertNumQueries(5):
                self.client.get(f"/api/v1/policies/{policy.ref}/")


@unthrottled
class PageTests(TestCase):
    def test_every_list_is_walked_to_its_end_and_back(self):
        region = make_region(code="CN")
        regions = [make_region(parent=region) for _number in range(59)]
        policy = make_policy(region=region)
        for number, below in enumerate(regions[:-1]):
            day = date(2021, 1, 1) + timedelta(days=number % 4)
            make_policy(region=below, issued_on=day, ref=f"policy-{number * 7 % 59}")
            make_savings_claim(region=below, stated_on=day if number % 3 else None)
            make_provision(policy)
            make_indicator(region=below)
            make_factor(region=below)
        for noun, model in NOUNS.items():
            with self.subTest(noun):
                forwards, last = self.walk(f"/api/v1/{noun}/?per_page=25", "next")
                self.assertEqual(len(forwards), model.objects.count())
                self.assertEqual(len(set(forwards)), len(forwards))
                backwards, _first = self.walk(last, "previous")
                self.assertEqual(backwards, forwards[::-1])
        expected = SavingsClaim.objects.order_by("stated_on", "ref").values_list("ref", "stated_on")
        dated = sorted((row for row in expected if row[1]), key=lambda row: (-row[1].toordinal(), row[0]))
        undated = sorted(ref for ref, day in expected if not day)
        walked = [address.split("/")[-2] for address in self.walk("/api/v1/savings/?per_page=25", "next")[0]]
        self.assertEqual(sorted(walked[: len(dated)]), sorted(ref for ref, _day in dated))
        self.assertEqual(sorted(walked[len(dated) :]), undated)

    def walk(self, address, by):
        found = []
        while address:
            answer = self.client.get(address).json()
            rows = [row["api_url"] for row in answer["results"]]
            found += rows if by == "next" else rows[::-1]
            last, address = address, answer[by]
        return found, last
