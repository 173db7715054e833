"""What templates say of a selection."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from cases.selection import matches, words
from cases.selection.measures import Metric
from cases.selection.selection import DEFAULT_COLUMNS, DEFAULT_SORT, LIST_COLUMNS, RELEVANCE, SORTS
from regions.carried import LANGUAGE
from regions.grammar.language import tag_of_other

register = template.Library()


@register.filter
def completing(field, address):
    """The input of a form's field, completed with names from `address`."""
    names = f"{field.auto_id}_names"
    shown = field.as_widget(attrs={"data-names": address, "list": names, "autocomplete": "off"})
    return format_html('{}<datalist id="{}"></datalist>', shown, names)


@register.filter
def in_two(field):
    """(choices of a field shown as buttons that most people need, the others, whether one of the others is chosen)."""
    common = field.field.common
    choices = list(field)
    first, others = choices[:common], choices[common:]
    is_other = any(choice.data["selected"] and choice.data["value"] != "unknown" for choice in others)
    return first, others, is_other


@register.simple_tag(name="marked")
def marked_text(text, selection):
    """`text` with the words marked that `selection` searches for; in another language than the page, marked as such."""
    question = selection.chosen.get("q") if selection else None
    if question:
        pieces = words.marked(text, question)
        shown = format_html_join(
            "", "{}", ((format_html("<mark>{}</mark>", piece) if hit else piece,) for piece, hit in pieces)
        )
    else:
        shown = text
    tag = tag_of_other(text)
    return format_html('<span lang="{}">{}</span>', tag, shown) if tag else shown


@register.simple_tag(name="match_in")
def match_of_case(case, selection):
    """Where else than in its title `case` answers the search of `selection`, a Match or None."""
    question = selection.chosen.get("q") if selection else None
    return matches.match_in(case, question) if question else None


# The order in which a first click sorts: the largest and the newest first, words from their beginning.
DESCENDING_FIRST = {"occurred_on", "rigs", "kw"}
NUMBERS = {"rigs", "kw", "arrests"}


@register.simple_tag(takes_context=True)
def list_columns(context):
    """The columns of a list: those its selection asks for, else the usual ones."""
    selection = context.get("selection")
    return selection.columns if selection else DEFAULT_COLUMNS


@register.simple_tag(takes_context=True)
def sort_head(context, column):
    """The head of a column: a link that sorts by it where there is a selection, else its name."""
    label, selection = LIST_COLUMNS[column], context.get("selection")
    css = mark_safe(' class="number"') if column in NUMBERS else ""
    if selection is None or not selection.is_valid or column not in SORTS:
        return format_html('<th scope="col"{}>{}</th>', css, label)
    current = selection.sort.removeprefix("-") == column
    descending = selection.sort.startswith("-") if current else column not in DESCENDING_FIRST
    address = selection.address(sort=column if descending else f"-{column}", page=None)
    direction = ("descending" if selection.sort.startswith("-") else "ascending") if current else None
    aria = format_html(' aria-sort="{}"', direction) if direction else ""
    arrow = {"descending": " ↓", "ascending": " ↑"}.get(direction, "")
    return format_html('<th scope="col"{}{}><a href="?{}">{}{}</a></th>', css, aria, address, label, arrow)


@register.simple_tag
def cell_label(column):
    """The name of a column for the cards of a narrow window, whose cells have no heads above them."""
    return format_html('data-label="{}"', _("Estimated power, kW") if column == "kw" else LIST_COLUMNS[column])


@register.simple_tag
def column_choices(selection):
    """Every column a list can show, as (name, label, whether it is shown)."""
    return [(name, label, name in selection.columns) for name, label in LIST_COLUMNS.items()]


@register.simple_tag
def address_with(selection, name, value):
    """The query string with one more value of a coded parameter, or without it where it is chosen."""
    values = selection.query.getlist(name)
    kept = [chosen for chosen in values if chosen != value]
    if kept == values:
        kept.append(value)
    return selection.address(**{name: kept or None, "page": None})


@register.simple_tag
def address_of(selection, **changes):
    """The query string with `changes`; "" takes a parameter out."""
    return selection.address(**{name: value or None for name, value in changes.items()})


@register.simple_tag
def chips(selection):
    """Each filter that is on, as (its words in the sentence, query string without it)."""
    fields = selection.filter.form.fields
    found = []
    for name, chosen in selection.chosen.items():
        if not hasattr(fields[name], "choices"):
            found.append((selection.in_words(name, chosen), selection.address(**{name: None, "page": None})))
            continue
        for value in chosen:
            code = value if isinstance(value, str) else getattr(value, fields[name].to_field_name)
            kept = [other for other in selection.query.getlist(name) if other != code]
            address = selection.address(**{name: kept or None, "page": None})
            found.append((selection.in_words(name, [value]), address))
    return found


@register.simple_tag
def ways_out(selection):
    """Where nothing is found, the filters without which there are some: (words, how many, query string), most first."""
    return [
        (selection.in_words(name, selection.chosen[name]), cases, selection.address(**{name: None, "page": None}))
        for name, cases in selection.reliefs()
    ]


@register.filter
def shortened(values, most):
    """A list of choices as (those shown at once, the others): the chosen first, then as they come."""
    ordered = sorted(values, key=lambda value: not value["chosen"])
    at = max(most, sum(value["chosen"] for value in values))
    # A fold for a single choice would be as long as the choice.
    return (ordered, []) if len(ordered) == at + 1 else (ordered[:at], ordered[at:])


# How a list can be sorted, as people ask for it.
ORDERS = [
    ("-occurred_on", gettext_lazy("Newest first")),
    ("occurred_on", gettext_lazy("Oldest first")),
    ("-rigs", gettext_lazy("Most rigs first")),
    ("-kw", gettext_lazy("Most power first")),
    ("region", gettext_lazy("By region")),
    ("title", gettext_lazy("By title")),
]


@register.simple_tag
def orders(selection):
    """How the list can be sorted, as (label, query string, whether it is sorted so); also by a head that was used."""
    known = [*([(RELEVANCE, _("Best match first"))] if selection.chosen.get("q") else []), *ORDERS]
    column = selection.sort.removeprefix("-")
    if selection.sort not in dict(known):
        known.append((selection.sort, LIST_COLUMNS[column]))
    return [
        (label, selection.address(sort=None if sort == DEFAULT_SORT else sort, page=None), sort == selection.sort)
        for sort, label in known
    ]


@register.simple_tag
def kept_parameters(selection, *shown):
    """The parameters of the question that the filter form has no field for, as (name, value)."""
    return [
        (name, value)
        for name, values in selection.query.lists()
        if name not in shown and name != "page"
        for value in values
        if value
    ]


@register.filter
def split(text):
    return text.split(",")


@register.filter
def get(mapping, name):
    """`mapping[name]`, also of a form's fields; None where it is missing."""
    try:
        return mapping[name]
    except KeyError:
        return None


@register.filter
def label_of(field):
    return field.label


@register.filter
def choices_of(field):
    return field.field.choices


@register.filter
def metrics(selection):
    """What its charts can show, as (code, label, query string)."""
    return [
        (
            metric.value,
            metric.label,
            selection.address(metric=None if metric == Metric.CASES else metric.value, page=None),
        )
        for metric in Metric
    ]


@register.filter
def with_labels(views):
    """Views of a selection with their names."""
    return [(view, VIEW_LABELS[view]) for view in views]


VIEW_LABELS = {
    "list": pgettext_lazy("view of a selection", "List"),
    "map": pgettext_lazy("view of a selection", "Map"),
    "charts": pgettext_lazy("view of a selection", "Charts"),
}


@register.simple_tag(takes_context=True)
def for_other_sites(context, what, query, title, height):
    """The addresses of a piece of a selection for other sites, in the language of the page, and the frame of it."""
    query = "&".join(filter(None, [query, urlencode({LANGUAGE: get_language()})]))
    found = {
        form: context["request"].build_absolute_uri(f"{reverse(f'embeds:{form}', args=[what])}?{query}")
        for form in ("page", "svg", "png")
    }
    frame = '<iframe src="{}" title="{}" width="800" height="{}" loading="lazy"></iframe>'
    return found | {"frame": format_html(frame, found["page"], title, height)}
