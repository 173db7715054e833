"""Two people edit the same case: what one of them changed is merged, what both changed is a Conflict."""

from django.utils.text import slugify

from regions.edit_states import changed_since

from .forms import SECTIONS, CaseEntryForm, LineForm, RaidForm


def _names_of(entry):
    """{key of a state: html name} of the rows that were typed."""
    found = {f"case {name}": entry.form.add_prefix(name) for name in entry.form.fields}
    for section, form in entry.rows():
        number = form["id"].value()
        if number:
            for name in form.fields:
                if name not in ("id", "DELETE", "add"):
                    found[f"{section} {number} {name}"] = form.add_prefix(name)
    return found


class Conflict:
    """A field that both changed: its label, both versions, and the name of the choice between them."""

    def __init__(self, key, label, name, yours, theirs):
        self.key, self.label, self.name, self.yours, self.theirs = key, label, name, yours, theirs

    @property
    def choice(self):
        return f"choose-{slugify(self.key)}"


def merged(entry, base):
    """(data, conflicts, taken): what was typed with what only the colleague changed, and what both changed.

    `base` is the state that the form was opened with. A choice that was sent with the form decides. A row that the
    colleague deleted becomes a new row.
    """
    data, conflicts, taken = _without_gone_rows(entry), [], []
    changed = changed_since(base, entry.state, missing="")
    for key, name in _names_of(entry).items():
        if key not in changed:
            continue
        yours, was, theirs = data.get(name, ""), base.get(key, ""), entry.state[key]
        if yours.strip() == theirs:
            continue
        label = _label_of(entry, key)
        conflict = Conflict(key, label, name, yours, theirs)
        choice = data.get(conflict.choice)
        if yours == was or choice == "theirs":
            data[name] = theirs
            if choice is None:
                taken.append(conflict)
        elif choice != "yours":
            conflicts.append(conflict)
    return data, conflicts, taken


def _label_of(entry, key):
    section, *_number, name = key.split(" ")
    form = {"case": CaseEntryForm, "raids": RaidForm, "lines": LineForm, **SECTIONS}[section]
    return form.base_fields[name].label


def _without_gone_rows(entry):
    """What was typed; a row that a colleague deleted becomes a new row, so that nothing is lost."""
    there = {tuple(key.split(" ")[:2]) for key in entry.state}
    data = entry.data.copy()
    for section, form in entry.rows():
        if form["id"].value() and (section, str(form["id"].value())) not in there:
            data[form.add_prefix("id")] = ""
    return data
