"""How the API describes itself in OpenAPI 3.1."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class RefusalSerializer(serializers.Serializer):
    """What was not understood, by the name of the parameter."""

    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text=gettext_lazy("{parameter: [messages]}, in the reader's language."),
    )


class DetailSerializer(serializers.Serializer):
    """Why there is no answer."""

    detail = serializers.CharField(help_text=gettext_lazy("In the reader's language."))


class RecordSchema(AutoSchema):
    """Adds to every operation how it may be refused."""

    def get_response_serializers(self):
        answers = super().get_response_serializers()
        if isinstance(answers, dict):
            return answers
        one_row = {404: OpenApiResponse(DetailSerializer, _("Row not found, or you do not have access."))}
        return {
            200: answers,
            304: OpenApiResponse(None, _("Not modified since the response whose `ETag` was sent as `If-None-Match`.")),
            400: OpenApiResponse(RefusalSerializer, _("A parameter is unknown or not valid.")),
            401: OpenApiResponse(DetailSerializer, _("The token is not valid, or a token is required.")),
            **(one_row if getattr(self.view, "detail", False) else {}),
            429: OpenApiResponse(DetailSerializer, _("Too many requests; `Retry-After` gives the seconds to wait.")),
            503: OpenApiResponse(
                DetailSerializer, _("The database is unavailable; `Retry-After` gives the seconds to wait.")
            ),
        }
