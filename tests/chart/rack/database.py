"""A PostgreSQL for the pods."""

import pathlib
import signal
import subprocess

from pods import HUB, until

PASSWORD = "sesame"
# It refuses to be root.
AS = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]


class Database:
    def __init__(self, folder):
        [*_, self.programs] = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.folder = pathlib.Path(folder) / "postgres"
        self.folder.mkdir()
        subprocess.run(["chown", "postgres", self.folder], check=True)
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self.run("initdb", "-U", "amble", "-A", "scram-sha-256", f"--pwfile={secret}", "-D", f"{self.folder}/data")
        with open(self.folder / "data" / "pg_hba.conf", "a") as file:
            file.write("host all all 10.88.0.0/24 scram-sha-256\n")
        command = [f"{self.programs}/postgres", "-D", f"{self.folder}/data", "-h", HUB, "-k", str(self.folder)]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(["setpriv", *AS, *command], stdout=log, stderr=log)

    def begin(self, name="shop"):
        """Waits until it answers, and makes the shop's database."""
        until(lambda: self.ask("select 1", "postgres") == "1", 30, "PostgreSQL does not answer")
        self.ask(f"create database {name}", "postgres")

    def run(self, program, *words):
        command = ["setpriv", *AS, f"{self.programs}/{program}", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def ask(self, question, database="shop"):
        """What psql answers, without decoration."""
        command = [f"{self.programs}/psql", "-h", HUB, "-U", "amble", "-d", database, "-Atc", question]
        done = subprocess.run(command, capture_output=True, text=True, env={"PGPASSWORD": PASSWORD})
        return done.stdout.strip()

    def stop(self):
        # Not SIGTERM: it waits for clients, and those of a killed pod are gone without a word.
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
