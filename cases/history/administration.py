"""The page “History” of the administration, for what the office arranges: accounts, roles, imports, views, methods."""

from django.contrib.admin.utils import unquote

from .changes import changes_of_rows


class KeptHistory:
    """A page of the administration whose history is that of the database: every change, whoever made it and how."""

    object_history_template = "admin/cases/kept_history.html"

    def rows_of_history(self, row):
        """{model: primary keys} of the rows whose changes are shown with `row`."""
        return {self.model: {row.pk}}

    def history_view(self, request, object_id, extra_context=None):
        row = self.get_object(request, unquote(object_id))
        if row is not None:
            changes = changes_of_rows(self.rows_of_history(row), request.user)
            extra_context = {"changes": changes, **(extra_context or {})}
        return super().history_view(request, object_id, extra_context)
