"""The tables that correct and complete the published packages."""

from django.test import SimpleTestCase

from regions.boundaries import tables


class TableTests(SimpleTestCase):
    def test_each_file_has_whole_rows_and_each_key_once(self):
        for path in sorted(tables.TABLES.glob("*.csv")):
            with self.subTest(path.name):
                columns = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
                rows = tables.rows_in(path.stem)
                self.assertEqual({len(row) for row in rows}, {len(columns)})
                keys = [row[0] for row in rows]
                self.assertEqual(sorted(keys), sorted(set(keys)))

    def test_a_shape_gets_the_code_of_today_or_stays_in_the_outline_of_its_country(self):
        recoded = tables.recoded()
        self.assertEqual(recoded["AFG-1753"], "AF-DAY")
        self.assertEqual(recoded["TW-TPQ"], "TW-NWT")
        self.assertEqual(recoded["AE-X01~"], "")

    def test_each_province_of_china_has_a_code_and_a_name(self):
        provinces = tables.china_provinces()
        self.assertEqual(len(provinces), 31)
        self.assertEqual(provinces["15"], ("CN-NM", "Inner Mongolia"))
