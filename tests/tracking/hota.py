"""HOTA of two files of tracks as TrackEval has it, as one JSON object.

usage: hota.py TRUTH TRACKS WITHIN_M
"""

import json
import sys

import numpy
from trackeval.metrics import HOTA

FRAME, ID, X, Y = 0, 1, 7, 8


def main():
    truth, tracks = (numpy.loadtxt(name, delimiter=",") for name in sys.argv[1:3])
    zero = 2 * float(sys.argv[3])
    people, names = (sorted(set(rows[:, ID])) for rows in (truth, tracks))
    data = {
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(tracks),
        "num_gt_ids": len(people),
        "num_tracker_ids": len(names),
        "gt_ids": [],
        "tracker_ids": [],
        "similarity_scores": [],
    }
    for frame in sorted(set(truth[:, FRAME]) | set(tracks[:, FRAME])):
        here, there = (rows[rows[:, FRAME] == frame] for rows in (truth, tracks))
        apart = numpy.linalg.norm(here[:, None, X : Y + 1] - there[None, :, X : Y + 1], axis=2)
        data["gt_ids"].append(numpy.searchsorted(people, here[:, ID]))
        data["tracker_ids"].append(numpy.searchsorted(names, there[:, ID]))
        data["similarity_scores"].append(numpy.maximum(0, 1 - apart / zero))
    figures = HOTA().eval_sequence(data)
    names = {"HOTA": "hota", "DetA": "deta", "AssA": "assa", "LocA": "loca"}
    print(json.dumps({ours: float(figures[theirs].mean()) for theirs, ours in names.items()}))


main()
