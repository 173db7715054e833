"""Who may read what is kept about cases beside the cases themselves."""

from regions.models import Region


def may_read(user, region):
    """Whether `user` reads the history of cases in the region with this pk: it may hold what was withdrawn."""
    return user.has_perm("cases.view_case") and Region.objects.worked_in_by(user).filter(pk=region).exists()
