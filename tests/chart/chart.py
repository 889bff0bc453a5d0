"""The chart, rendered by Helm."""

import functools
import pathlib
import subprocess

import yaml

from cases import RENDERED

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "amble"
RELEASE, NAMESPACE = "till", "shop"


def run(*command, **options):
    """A command with what it said, both streams in one text."""
    return subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )


def given(sets):
    """Values as options of helm."""
    for value in sets:
        json = value.removeprefix("json:")
        yield from ("--set", value) if json == value else ("--set-json", json)


def template(sets):
    """`helm template` with these values."""
    return run("helm", "template", RELEASE, CHART, "--namespace", NAMESPACE, *given(sets))


@functools.cache
def text(case):
    """A case's manifests as Helm writes them."""
    done = template(RENDERED[case])
    if done.returncode != 0:
        raise AssertionError(f"{case}: {done.stdout}")
    return done.stdout


@functools.cache
def manifests(case):
    """A case's manifests, read."""
    return [document for document in yaml.safe_load_all(text(case)) if document]


def find(case, kind, name):
    """The one manifest of that kind and name, None when there is none."""
    for manifest in manifests(case):
        if (manifest["kind"], manifest["metadata"]["name"]) == (kind, name):
            return manifest
    return None
