"""The parts that pages are made of, with their states: for who builds a page. Served in debug alone."""

from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

COLOURS = [
    "ink", "soft", "line", "line-strong", "paper", "card", "sunk", "action", "action-ink", "action-soft", "mark",
    "warn", "warn-soft", "bad", "bad-soft", "ok", "ok-soft", "land", "water", "border-line", "border-strong", "none",
    "halo", "outline", "claim",
    "check", "q1", "q2", "q3", "q4", "q5", "stance-banned", "stance-eliminated", "stance-restricted", "stance-licensed",
    "stance-open",
]  # fmt: skip
STEPS = ["note", "second", "body", "title", "lede", "figure", "headline"]


@require_safe
def styleguide(request):
    return TemplateResponse(request, "enforcement/styleguide.html", {"colours": COLOURS, "steps": STEPS})
