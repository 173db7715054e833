"""The pages of a list, and the number of a page as a query string writes it."""

from django.core.paginator import Paginator

from regions.grammar.reading import whole_number


def page_number(text):
    """The number of a page, from 1; None where `text` is none."""
    return whole_number(text, digits=9) or None


class ListPaginator(Paginator):
    """Pages of a queryset. A `count` that is known already is not asked for again."""

    def __init__(self, rows, per_page, *, count=None):
        super().__init__(rows, per_page)
        if count is not None:
            self.count = count

    def empty_page(self):
        """What is shown in the place of a page that does not exist."""
        return type(self)(self.object_list.none(), self.per_page, count=0).page(1)
