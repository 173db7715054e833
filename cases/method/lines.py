"""A seizure line as the power arithmetic reads it."""

from cases import power


def line_of(seizure, year, classes):
    """A seizure line as power arithmetic reads it; `classes` as in `power.generic_line`.

    None where the model is not known and the catalogue has no generic row for its kind.
    """
    if seizure.rig is not None and not seizure.rig.is_generic:
        return power.Line.of_model(seizure.count, seizure.rig.power_w)
    try:
        return power.generic_line(seizure.count, seizure.kind, year, classes)
    except ValueError:
        return None
