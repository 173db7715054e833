"""What templates say of a selection."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from cases.selection import matches, words
from cases.selection.measures import Metric
from cases.selection.selection import DEFAULT_COLUMNS, LIST_COLUMNS, SORTS
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
    """Each filter that is on, as (label, value, address without it)."""
    fields = selection.filter.form.fields
    found = []
    for name, chosen in selection.chosen.items():
        excluded = name.endswith("__not")
        label = fields[name.removesuffix("__not")].label
        label = _("not %(label)s") % {"label": label} if excluded else label
        if name == "bbox":
            found.append((label, "", selection.address(bbox=None, page=None)))
        elif isinstance(chosen, list):
            for value in chosen:
                code = value if isinstance(value, str) else getattr(value, fields[name].to_field_name)
                text = dict(fields[name].choices)[value] if isinstance(value, str) else str(value)
                kept = [value for value in selection.query.getlist(name) if value != code]
                found.append((label, text, selection.address(**{name: kept or None, "page": None})))
        else:
            found.append((label, selection.query.get(name), selection.address(**{name: None, "page": None})))
    return found


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


@register.simple_tag
def address_without(selection, name):
    return selection.address(**{name: None, "page": None})


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
