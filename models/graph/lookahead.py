"""Writing a transducer as OpenFst's `olabel_lookahead`: with what each state can write next.

The layout is that of OpenFst 1.6 to 1.8 (matcher-fst.h, add-on.h, label-reachable.h,
interval-set.h). As the labels were numbered in the order of the tree, nothing is relabelled.
"""

import struct
from io import BytesIO
from typing import BinaryIO, Final

import numpy as np

from models.graph.decoding import Decoding
from models.graph.fst import OUTPUT_SORTED, write_const, write_header

_ADD_ON_MAGIC: Final = 446681434
_NO_STATE: Final = -1


def write_lookahead(file: BinaryIO, decoding: Decoding) -> None:
    """Write the transducer from transition ids to words with its tables for looking ahead."""
    write_header(file, "olabel_lookahead", 1, 0, OUTPUT_SORTED | 1, (_NO_STATE, 0, 0))
    file.write(struct.pack("<i", _ADD_ON_MAGIC))
    write_const(file, decoding.fst, OUTPUT_SORTED)
    # There is an addition; none for input labels, one for output labels, which reaches output
    # labels and holds no numbers of before a relabelling.
    file.write(struct.pack("<?????", True, False, True, False, False))
    final_label = decoding.back_off + 1
    file.write(struct.pack("<iq", final_label, len(decoding.reach)))
    known: dict[int, bytes] = {}
    body = BytesIO()
    for intervals in decoding.reach:
        key = id(intervals)
        if key not in known:
            pairs = np.array(intervals, "<i4").reshape(-1, 2)
            covered = int((pairs[:, 1] - pairs[:, 0]).sum())
            known[key] = (
                struct.pack("<q", len(pairs)) + pairs.tobytes() + struct.pack("<i", covered)
            )
        body.write(known[key])
    file.write(body.getvalue())
