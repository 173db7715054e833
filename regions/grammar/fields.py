"""Form fields that read what people type."""

from django import forms
from django.core.exceptions import ValidationError

from .degrees import degrees

# Of one kind on one page: how many may be filled in, and how many are made however many a request says: a thousand
# cost ten seconds.
MOST_FILLED, MOST_FORMS = 200, 400


class ReadField(forms.CharField):
    """A text, cleaned to what `read` makes of it; an empty text is cleaned to None.

    `read` takes the text and raises ValidationError. It is given to the constructor, or a subclass defines it.
    """

    def __init__(self, *args, read=None, **kwargs):
        super().__init__(*args, **kwargs)
        if read is not None:
            self.read = read

    def read(self, text: str):
        raise NotImplementedError

    def clean(self, value):
        text = super().clean(value)
        return self.read(text) if text else None


class DegreesField(ReadField):
    """A latitude or a longitude, which is its `axis`, in degrees."""

    def __init__(self, axis, **kwargs):
        self.axis = axis
        super().__init__(max_length=60, **kwargs)

    def read(self, text):
        return degrees(text, self.axis)

    def has_changed(self, initial, data):
        try:
            return self.clean(data) != initial
        except ValidationError:
            return True
