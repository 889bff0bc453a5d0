"""CLEAR-MOT and IDF1 of two files of tracks as motmetrics has them, as one JSON object.

usage: clear.py TRUTH TRACKS WITHIN_M
"""

import json
import sys

import motmetrics
import numpy
import pandas

ID, X, Y = 1, 7, 8


def main():
    truth, tracks = (pandas.read_csv(name, header=None) for name in sys.argv[1:3])
    within = float(sys.argv[3])
    found = motmetrics.MOTAccumulator()
    for frame in sorted(set(truth[0]) | set(tracks[0])):
        people, tracked = truth[truth[0] == frame], tracks[tracks[0] == frame]
        apart = numpy.linalg.norm(
            people[[X, Y]].values[:, None] - tracked[[X, Y]].values[None], axis=2
        )
        apart[apart > within] = numpy.nan
        found.update(people[ID].values, tracked[ID].values, apart, frameid=int(frame))
    names = {
        "mota": "mota",
        "motp": "motp_m",
        "num_misses": "misses",
        "num_false_positives": "false_positives",
        "num_switches": "switches",
        "num_fragmentations": "fragmentations",
        "idf1": "idf1",
        "idp": "idp",
        "idr": "idr",
    }
    row = motmetrics.metrics.create().compute(found, metrics=list(names)).iloc[0]
    print(json.dumps({ours: float(row[theirs]) for theirs, ours in names.items()}))


main()
