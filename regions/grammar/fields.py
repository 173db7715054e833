"""Form fields that read what people type."""

from django import forms


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
