"""A standby of the embedded PostgreSQL, made by its own pg_basebackup: for trials, on the same machine."""

import os
import signal

from enforcement import postgres

SLOT = "standby"


class Standby(postgres.Cluster):
    """Follows `primary`, a running Cluster, from a folder of data of its own, by `lag` milliseconds later."""

    def __init__(self, data_dir, primary, lag=0):
        super().__init__(data_dir)
        self.primary, self.lag = primary, lag

    def kill(self):
        os.kill(int((self.home / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def _make(self):
        if (self.home / "PG_VERSION").exists():
            return
        self._make_folder(self.home)
        self._call(
            "pg_basebackup", "-h", self.primary.sockets, "-U", postgres.OWNER, "-D", self.home, "-c", "fast",
            "--no-sync", "--write-recovery-conf", "--create-slot", "--slot", SLOT,
        )  # fmt: skip
        (self.home / ".s.PGSQL.5432.lock").unlink(missing_ok=True)  # of the primary, which listens beside its data
        with (self.home / "postgresql.auto.conf").open("a") as settings:
            settings.write("hot_standby_feedback = on\nwal_retrieve_retry_interval = 500ms\n")
            settings.write(f"recovery_min_apply_delay = {self.lag}ms\n")

    def _make_database(self):
        """It comes with the copy."""
