"""What ends with an account that is deactivated, also if it comes back: its sessions and its tokens."""

from django.contrib.auth import get_user_model
from django.db.models.signals import post_save
from django.dispatch import receiver

from . import sessions


@receiver(post_save, sender=get_user_model())
def end_with_the_account(instance, **kwargs):
    if not instance.is_active:
        instance.api_tokens.all().delete()
        sessions.end_all(instance)
