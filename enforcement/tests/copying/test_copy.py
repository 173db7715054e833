"""The copy of the public site: whole or as it was, ours or refused, and with nothing that only the site can do."""

import errno
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings

from cases.actions import summing
from cases.models import Case
from cases.tests import builders as cases
from enforcement.copying.folder import CopyFolder, CopyRefused
from enforcement.copying.make import make_copy
from enforcement.copying.rewriting import Copied, Rewriter, links_of
from regions.tests import builders as regions


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class WithARecord(TestCase):
    @classmethod
    def setUpTestData(cls):
        malaysia = regions.make_region(code="MY", name_en="Malaysia")
        regions.make_policy(ref="rule", region=malaysia)
        cls.shown = cases.make_case(ref="shown-raid", region=malaysia, title_en="Shown raid", published=True)
        secret = cases.make_case(ref="secret-raid", region=malaysia, title_en="Clandestine raid")
        cases.make_seizure(cases.make_raid(secret), count=31337)
        summing.sum_up(Case.objects.all())

    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.to = Path(folder.name) / "copy"

    def copied(self):
        made = make_copy(self.to, processes=1)
        return made, files_in(self.to)


class WholeCopyTests(WithARecord):
    def test_every_public_page_is_there_in_each_language_with_relative_addresses_and_nothing_internal(self):
        made, files = self.copied()
        for language in ("en", "zh-hans", "zh-hant"):
            for page in ("", "cases/shown-raid/", "regions/MY/", "policies/rule/", "savings/", "method/", "releases/"):
                self.assertIn(f"{language}/{page}index.html", files)
        self.assertEqual(set(files), {*made.files, "manifest.json"})
        self.assertIn(b"Shown raid", files["en/cases/shown-raid/index.html"])
        for name, content in files.items():
            with self.subTest(name):
                self.assertNotIn(b"Clandestine", content)
                self.assertNotIn(b"secret-raid", content)
                if name.endswith(".html"):
                    self.assertNotRegex(
                        content,
                        rb'(href|src|action)="/|<form(?! id="question">)|csrfmiddlewaretoken|https?://(localhost|testserver)',
                    )
        self.carries_what_the_public_sees(files)

    def carries_what_the_public_sees(self, files):
        """Of the lists of cases."""
        for language in ("en", "zh-hans", "zh-hant"):
            text = files[f"{language}/cases/data.js"].decode()
            carried = json.loads(text.removeprefix("window.copiedRecord = ").removesuffix(";\n"))
            self.assertEqual([row[0] for row in carried["cases"]], ["shown-raid"])
            self.assertEqual(list(carried["regions"]), ["MY"])
            page = files[f"{language}/cases/index.html"].decode()
            self.assertEqual(page.count("<script"), 2)
            self.assertIn('src="data.js"', page)
            self.assertEqual(page.count("<main"), page.count("</main>"))


# Each page is made for each language: what does not depend on it is tried with one.
@override_settings(LANGUAGES=[("en", "English")])
class CopyTests(WithARecord):
    def test_only_what_changed_is_written_anew_and_what_is_gone_is_removed(self):
        self.copied()
        again, before = self.copied()
        self.assertEqual((again.written, again.removed), (0, 0))
        Case.objects.filter(pk=self.shown.pk).update(title_en="Named anew")
        changed, after = self.copied()
        self.assertGreater(changed.written, 0)
        self.assertEqual(before["en/policies/rule/index.html"], after["en/policies/rule/index.html"])
        self.shown.delete()
        gone, left = self.copied()
        self.assertEqual(gone.removed, 1)
        self.assertFalse([name for name in left if "shown-raid" in name])
        self.assertFalse((self.to / "en/cases/shown-raid").exists())

    def test_a_file_that_somebody_damaged_is_mended(self):
        _made, before = self.copied()
        (self.to / "en/index.html").write_bytes(b"damaged")
        again, after = self.copied()
        self.assertEqual(again.written, 1)
        self.assertEqual(before, after)

    def test_a_folder_that_is_not_ours_is_refused_and_left_as_it_is(self):
        self.to.mkdir()
        for name, text in (("thesis.docx", "mine"), ("manifest.json", '{"name": "an app"}')):
            (self.to / name).write_text(text)
            with self.subTest(name), self.assertRaisesMessage(CommandError, "is not empty"):
                call_command("publish_copy", str(self.to), verbosity=0)
        self.assertEqual(files_in(self.to), {"thesis.docx": b"mine", "manifest.json": b'{"name": "an app"}'})

    def test_a_disk_that_fills_up_leaves_the_old_copy_whole(self):
        _made, before = self.copied()
        Case.objects.update(title_en="Named anew")
        put, written = CopyFolder.put, []

        def full(folder, name, content):
            written.append(put(folder, name, content)[1])
            if sum(written) > 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return written[-1]

        filling_up = mock.patch.object(CopyFolder, "put", lambda *given: ("", full(*given)))
        with filling_up, self.assertRaisesMessage(CopyRefused, "No space left on device"):
            make_copy(self.to, processes=1)
        self.assertEqual(files_in(self.to), before)

    def test_a_link_that_leads_nowhere_stops_the_copy_and_is_named(self):
        broken = mock.patch("enforcement.copying.make.front_page", return_value='<a href="fr/index.html">Français</a>')
        with broken, self.assertRaisesMessage(CopyRefused, "index.html leads to fr/index.html"):
            make_copy(self.to, processes=1)
        self.assertEqual(files_in(self.to), {})

    def test_every_kind_of_claim_has_its_page_and_a_region_leads_to_its_claim(self):
        other = regions.make_region(code="TH", name_en="Thailand")
        regions.make_savings_claim(
            ref="th-loss", kind="loss", region=other, loss_basis="total", loss_amount=10, loss_currency="THB"
        )
        regions.make_savings_claim(ref="my-saving", region=self.shown.region, energy_kwh_per_year=10)
        made, files = self.copied()
        self.assertIn(b'href="../kind=saving/index.html#statements"', files["en/savings/kind=loss/index.html"])
        self.assertIn(b'href="kind=loss/index.html#statements"', files["en/savings/index.html"])
        for code, kind, ref in (("TH", "loss", "th-loss"), ("MY", "saving", "my-saving")):
            address = f'href="../../savings/kind={kind}/index.html#{ref}"'
            self.assertIn(address.encode(), files[f"en/regions/{code}/index.html"])
            self.assertIn(f'id="{ref}"'.encode(), files[f"en/savings/kind={kind}/index.html"])
        self.assertEqual(made.astray, [])

    def test_a_link_to_a_place_that_its_page_has_not_is_named_and_does_not_stop_the_copy(self):
        astray = mock.patch(
            "enforcement.copying.make.front_page", return_value='<a href="en/index.html#gone">English</a>'
        )
        with astray:
            made = make_copy(self.to, processes=1)
        self.assertIn("index.html leads to en/index.html#gone", made.astray)
        self.assertIn("index.html", files_in(self.to))

    def test_a_command_that_was_killed_while_files_took_their_places_is_mended_by_the_next(self):
        self.copied()
        kept = json.loads((self.to / "manifest.json").read_text())
        kept["files"]["en/left/index.html"] = "of a page that is gone"
        (self.to / "manifest.json").write_text(json.dumps(kept))
        (self.to / "en/left").mkdir()
        (self.to / "en/left/index.html").write_text("left")
        made, files = self.copied()
        self.assertEqual(made.removed, 1)
        self.assertEqual(set(files), {*made.files, "manifest.json"})

    @override_settings(PUBLIC=False)
    def test_a_site_without_a_public_is_not_copied(self):
        with self.assertRaisesMessage(CopyRefused, "ENFORCEMENT_PUBLIC=0"):
            make_copy(self.to)


class RewritingTests(SimpleTestCase):
    copied = Copied(
        "en", "/cases/a/", frozenset({"index.html", "cases/index.html", "cases/a/index.html"}), frozenset(), "our.site"
    )

    def rewritten(self, html):
        return Rewriter(self.copied).rewritten(html)

    def test_addresses_are_relative_and_those_that_the_copy_has_not_are_taken_away(self):
        for given, becomes in (
            ('<a href="/">x</a>', '<a href="../../index.html">x</a>'),
            ('<a href="https://our.site/cases/">x</a>', '<a href="../index.html">x</a>'),
            ('<a href="/cases/?region=MY&amp;q=a">x</a>', '<a href="../index.html?region=MY&amp;q=a">x</a>'),
            ('<a href="/cases/?doubt=twin">x</a>', "<a>x</a>"),
            ('<a href="#content">x</a>', '<a href="#content">x</a>'),
            ('<a href="https://news.example/a?b">x</a>', '<a href="https://news.example/a?b">x</a>'),
            ('<a href="/cases/a/history/">x</a>', "<a>x</a>"),
            ('<a class="button" href="/savings/calculator/">x</a>y', "y"),
            ('<a class="button" href="/cases/">x</a>', '<a class="button" href="../index.html">x</a>'),
            ('<p hx-get="/cases/" id="p">x &amp; y</p>', '<p id="p">x &amp; y</p>'),
            ('<form action="/x"><p>a<br>b</p></form>c', "c"),
            ('<svg viewBox="0 0 1 1"><path d="M0" /></svg>', '<svg viewBox="0 0 1 1"><path d="M0" /></svg>'),
        ):
            with self.subTest(given):
                self.assertEqual(self.rewritten(given), becomes)

    def test_the_form_of_languages_becomes_links(self):
        html = self.rewritten('<form class="languages"><button>English</button></form>')
        self.assertEqual(
            re.findall('href="([^"]*)"', html),
            ["index.html", "../../../zh-hans/cases/a/index.html", "../../../zh-hant/cases/a/index.html"],
        )
        self.assertNotIn("<button", html)

    def test_links_and_places_of_a_page_are_found(self):
        self.assertEqual(links_of('<p id="a"><a href="b#c">x</a><img src="d">'), ({"b#c", "d"}, {"a"}))
