import re
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

from enforcement.pages import styleguide


class StyleGuideTests(SimpleTestCase):
    def test_every_colour_and_step_of_type_is_shown_and_none_that_is_gone(self):
        css = Path(settings.BASE_DIR, "static/css/enforcement.css").read_text()
        light = css[css.index(":root {") : css.index("}", css.index(":root {"))]
        colours = re.findall(r"--([\w-]+): #", light)
        steps = re.findall(r"--([\w-]+): [^;]*var\(--sans\);", light)
        self.assertEqual(sorted(styleguide.COLOURS), sorted(colours))
        self.assertEqual(sorted(styleguide.STEPS), sorted(steps))

    def test_it_is_not_there_in_production(self):
        self.assertEqual(self.client.get("/styleguide/").status_code, 404)
