"""One description, two engines: DuckDB and Spark give the same points. Runs where pyspark and Java are installed."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import skipUnless

from django.test import SimpleTestCase

from cases.screening.readings import ReadingsRefused
from cases.screening.run import screened
from cases.screening.trial.make import Trial, make_trial


class EngineTests(SimpleTestCase):
    @skipUnless(find_spec("pyspark") and shutil.which("java"), "pyspark or Java is not installed")
    def test_duckdb_and_spark_give_the_same_points(self):
        with TemporaryDirectory() as folder:
            trial = Path(folder) / "trial"
            make_trial(Trial(250, 12, seed=5, mines=0.1, lookalikes=0.3), trial)
            duck, spark = (screened([trial], engine=engine) for engine in ("", "local[2]"))
        self.assertEqual(duck.said, spark.said)
        by_meter = {finding.meter: finding for finding in spark.findings}
        self.assertEqual(len(by_meter), len(duck.findings))
        for finding in duck.findings:
            with self.subTest(finding.meter):
                self.assertAlmostEqual(finding.points, by_meter[finding.meter].points, delta=1e-9)
                self.assertAlmostEqual(finding.kw, by_meter[finding.meter].kw, delta=1e-9 * max(1, finding.kw))

    @skipUnless(find_spec("pyspark") is None, "pyspark is installed")
    def test_without_pyspark_the_address_of_spark_is_refused_in_a_line(self):
        with self.assertRaisesMessage(ReadingsRefused, "pyspark is not installed"):
            screened([Path("nowhere")], engine="spark://nowhere:7077")
