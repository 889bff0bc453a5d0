"""Tracks the detections of `amble tracks walkers --keep FOLDER` with norfair and motpy.

Each is tuned on the first seed: of all settings below, the one that `amble tracks score` gives the fewest
identity switches among those whose MOTA is within 0.03 of the best. With it all seeds are tracked, the
first one too. That takes some minutes for each.

usage: beside.py FOLDER AMBLE SIGMA_M
"""

import itertools
import json
import pathlib
import subprocess
import sys

import motpy
import norfair
import numpy

FRAME, X, Y = 0, 7, 8
FRAMES_PER_S = 10
# motpy knows boxes only: a person is a square of this side, in metres.
SIDE = 1.0


def frames(folder, seed):
    rows = numpy.loadtxt(folder / f"{seed}.detections.txt", delimiter=",")
    for frame in range(1, int(rows[-1, FRAME]) + 1):
        yield frame, rows[rows[:, FRAME] == frame][:, [X, Y]]


def with_norfair(sigma, apart, patience, delay, measured):
    tracker = norfair.Tracker(
        distance_function="euclidean",
        distance_threshold=apart,
        hit_counter_max=patience,
        initialization_delay=delay,
        filter_factory=norfair.filter.OptimizedKalmanFilterFactory(R=measured),
    )

    def step(places):
        found = [norfair.Detection(points=place[None]) for place in places]
        return [(track.id, track.estimate[0]) for track in tracker.update(detections=found)]

    return step


def with_motpy(sigma, least, patience, seen, turns):
    tracker = motpy.MultiObjectTracker(
        dt=1 / FRAMES_PER_S,
        model_spec={
            "order_pos": 1,
            "dim_pos": 2,
            "order_size": 0,
            "dim_size": 2,
            "q_var_pos": turns,
            "r_var_pos": sigma**2,
        },
        matching_fn_kwargs={"min_iou": least},
        tracker_kwargs={"max_staleness": patience},
    )
    names = {}

    def step(places):
        half = SIDE / 2
        boxes = [numpy.concatenate((place - half, place + half)) for place in places]
        tracker.step([motpy.Detection(box=box) for box in boxes])
        tracks = tracker.active_tracks(min_steps_alive=seen)
        return [
            (names.setdefault(track.id, len(names) + 1), (track.box[:2] + track.box[2:]) / 2)
            for track in tracks
        ]

    return step


TRACKERS = {
    "norfair": (with_norfair, ((0.5, 0.8), (8, 15), (3, 5), (1.0, 4.0))),
    "motpy": (with_motpy, ((0.15, 0.4), (8, 15), (3, 5), (0.3, 1.0))),
}


def score(folder, amble, seed, make, sigma, setting):
    step = make(sigma, *setting)
    out = folder / "beside.txt"
    with open(out, "w", encoding="ascii") as file:
        for frame, places in frames(folder, seed):
            for name, (x, y) in step(places):
                file.write(f"{frame},{name},-1,-1,-1,-1,1,{x:.4f},{y:.4f},0\n")
    truth = folder / f"{seed}.truth.txt"
    said = subprocess.run(
        [amble, "tracks", "score", out, "--truth", truth, "--json"], check=True, capture_output=True
    )
    return json.loads(said.stdout)


def main():
    folder, amble, sigma = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    seeds = sorted(int(file.name.split(".")[0]) for file in folder.glob("*.truth.txt"))
    for name, (make, ranges) in TRACKERS.items():
        tried = []
        for setting in itertools.product(*ranges):
            figures = score(folder, amble, seeds[0], make, sigma, setting)
            tried.append((figures["mota"], figures["switches"], setting))
        best = max(mota for mota, _, _ in tried)
        _, _, setting = min((t for t in tried if t[0] >= best - 0.03), key=lambda t: t[1])
        figures = [score(folder, amble, seed, make, sigma, setting) for seed in seeds]
        mean = {
            key: round(sum(f[key] for f in figures) / len(figures), 4)
            for key in ("mota", "idf1", "hota", "switches")
        }
        worst = max(f["switches"] for f in figures)
        print(f"{name} {setting}: worst {worst} switches; in the mean {mean}", flush=True)


main()
