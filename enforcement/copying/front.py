"""The first page of the copy: in which language to read it."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from .rewriting import INDEX


def front_page(stylesheet, icon):
    """HTML: a link to each language, in that language."""
    languages = [
        (code, translation.get_language_info(code)["name_local"], f"{code}/{INDEX}")
        for code, _name in settings.LANGUAGES
    ]
    return render_to_string(
        "enforcement/copy_front.html", {"languages": languages, "stylesheet": stylesheet, "icon": icon}
    )
