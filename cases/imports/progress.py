"""Run the work of an import in a thread, and report how far it is."""

from functools import partial

from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.utils.translation import gettext as _

from cases.actions.working import begin_work
from cases.locks import Purpose
from cases.models import Import

from .check import log
from .run import Refused, give_up


def begin(the_import: Import, user, work) -> None:
    """Run `work`, which is `dry_run` or `carry_out`, in a thread of this process. Returns when it has begun."""
    begin_work(Purpose.WORK_ON_IMPORT, the_import.pk, partial(_run, the_import.pk, user.pk, work))


def _run(key, user_pk, work, progress):
    the_import = Import.objects.filter(pk=key).first()
    user = get_user_model().objects.filter(pk=user_pk).first()
    if the_import is None or user is None:  # deleted in the meantime
        return
    try:
        work(the_import, user, progress=progress)
    except Refused as refusal:
        give_up(Import.objects.get(pk=key), str(refusal))
    except OperationalError:
        raise
    except Exception:
        log.exception("An import failed.")
        unforeseen = _("An unexpected error occurred. Nothing was saved.")
        give_up(Import.objects.get(pk=key), unforeseen)
