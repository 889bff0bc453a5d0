"""docs/OPERATIONS.md as a list of commands."""

import collections
import re
import subprocess

Command = collections.namedtuple("Command", "chapter block line text")


def commands(text):
    """Every command of every block of shell, in order, with where it stands."""
    chapter, block, pending, begins, inside, counts = "", 0, "", 0, False, collections.Counter()
    for number, line in enumerate(text.split("\n"), 1):
        if not inside and re.match(r"#+ ", line):
            chapter = line.lstrip("# ")
        elif line == "```sh":
            inside = True
            counts[chapter] += 1
            block = counts[chapter]
        elif inside and line == "```":
            if pending:
                raise ValueError(f"line {begins}: this command has no end: {pending}")
            inside = False
        elif inside:
            begins = begins if pending else number
            pending += line + "\n"
            if whole(pending):
                yield Command(chapter, block, begins, pending.rstrip("\n"))
                pending = ""


def whole(text):
    """Whether the shell finds nothing missing at the end."""
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True)
    return not text.endswith("\\\n") and done.returncode == 0 and not done.stderr
