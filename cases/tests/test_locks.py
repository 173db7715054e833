"""Two who do the same work: the second waits, or is told that somebody is at it."""

from threading import Thread

from django.db import connection, transaction
from django.test import TransactionTestCase

from cases.locks import Purpose, lock_until_commit, try_session_lock


def asked_by_another_session(purpose, name):
    """Whether another session gets the lock now."""
    answers = []

    def ask():
        try:
            with try_session_lock(purpose, name) as is_ours:
                answers.append(is_ours)
        finally:
            connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    return answers == [True]


class LockTests(TransactionTestCase):
    def test_a_session_holds_its_lock_until_the_block_ends(self):
        with try_session_lock(Purpose.WORK_ON_IMPORT, "7") as is_ours:
            self.assertTrue(is_ours)
            self.assertFalse(asked_by_another_session(Purpose.WORK_ON_IMPORT, "7"))
        self.assertTrue(asked_by_another_session(Purpose.WORK_ON_IMPORT, "7"))

    def test_a_session_that_does_not_get_the_lock_takes_it_from_nobody(self):
        with try_session_lock(Purpose.WORK_ON_IMPORT, "7"):
            asked_by_another_session(Purpose.WORK_ON_IMPORT, "7")
            self.assertFalse(asked_by_another_session(Purpose.WORK_ON_IMPORT, "7"))

    def test_other_names_and_other_purposes_do_not_wait(self):
        with try_session_lock(Purpose.WORK_ON_IMPORT, "7"):
            self.assertTrue(asked_by_another_session(Purpose.WORK_ON_IMPORT, "8"))
            self.assertTrue(asked_by_another_session(Purpose.UNDO_CHANGE, "7"))

    def test_a_transaction_holds_its_lock_to_its_end(self):
        with transaction.atomic():
            lock_until_commit(Purpose.NEW_REFERENCE, "cn-ordos-2021")
            self.assertFalse(asked_by_another_session(Purpose.NEW_REFERENCE, "cn-ordos-2021"))
        self.assertTrue(asked_by_another_session(Purpose.NEW_REFERENCE, "cn-ordos-2021"))
