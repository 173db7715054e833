"""Single sign-on: the way to the provider and back. It opens accounts that a registrar has linked, and makes none."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.locks import only_the_primary_knows
from enforcement.accounts import door, logins
from enforcement.accounts.models import LoginWay, ProviderIdentity

NEXT = "page_after_provider"  # in the session


@require_POST
@login_not_required
def to_provider(request):
    """Send the browser to the provider: by a page of ours, as the policy of our pages lets no form lead elsewhere."""
    protocol = _protocol()
    next_page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(next_page, {request.get_host()}, request.is_secure()):
        next_page = ""
    request.session[NEXT] = next_page
    try:
        address = protocol.address_to_ask(request)
    except protocol.Failed as problem:
        return _back_to_login(request, problem, next_page)
    answer = TemplateResponse(request, "registration/to_provider.html", {"address": address})
    answer["Refresh"] = f"0; url={address}"
    return answer


@require_safe
@never_cache
@login_not_required
def from_provider(request):
    """Let in whom the provider names, if the account is linked and open; otherwise say why not on the login page."""
    only_the_primary_knows()  # what the provider answers it answers once, and a login is written
    protocol = _protocol()
    next_page = request.session.get(NEXT, "")
    try:
        person = protocol.person_in_answer(request)
        user = _account_of(person, protocol.Failed)
    except protocol.Failed as problem:
        return _back_to_login(request, problem, next_page)
    request.session.pop(NEXT, None)
    user.backend = "django.contrib.auth.backends.ModelBackend"
    vouched = door.BOTH_FACTORS if person.gave_both_factors else door.ONE_FACTOR
    return door.come_in(request, user, next_page, vouched)


def _protocol():
    """Its packages are an extra, so it is imported only where a provider is set."""
    if not settings.OIDC_ISSUER:
        raise Http404
    from . import protocol

    return protocol


def _account_of(person, failed):
    identity = (
        ProviderIdentity.objects.select_related("user").filter(issuer=person.issuer, subject=person.subject).first()
    )
    if identity is None:
        said = _("No account is linked to this single sign-on. Ask a registrar to link yours to “%(subject)s”.")
        raise failed(said % {"subject": person.subject})
    if not identity.user.is_active:
        logins.note_refusal(identity.user, LoginWay.PROVIDER)
        raise failed(_("This account is closed."))
    return identity.user


def _back_to_login(request, problem, next_page):
    messages.error(request, str(problem))
    query = QueryDict(mutable=True)
    if next_page:
        query["next"] = next_page
    return redirect(f"{reverse('login')}?{query.urlencode()}".rstrip("?"))
