"""Kaldi's transition model, which says what each phone's state is scored by and where it leads."""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np

from models.training.nnet3 import integer, integers

# What a phone's one state gives to staying and to leaving.
_HALF: Final = 0.5


def transition_model(densities: Sequence[int]) -> bytes:
    """Return Kaldi's transition model of phones with one state each.

    `densities` gives for each phone, from phone 1 on, the output of the network that scores it.
    Phone p has two transitions: 2p - 1 stays, 2p leaves.
    """
    everyone = range(1, len(densities) + 1)
    half = b"\x04" + struct.pack("<f", _HALF)
    # One entry for all phones, with an emitting state (its density's class is 0) and a final one.
    topology = (
        integers(tuple(everyone))
        + integers((-1, *(0 for _ in everyone)))
        + b"".join(map(integer, (1, 2, 0, 2, 0)))
        + half
        + integer(1)
        + half
        + integer(-1)
        + integer(0)
    )
    pairs = zip(everyone, densities, strict=True)
    triples = b"".join(integer(p) + integer(0) + integer(density) for p, density in pairs)
    logs = np.array([0.0] + [np.log(_HALF)] * (2 * len(densities)), "<f4")
    return (
        b"<TransitionModel> <Topology> "
        + topology
        + b"</Topology> <Triples> "
        + integer(len(densities))
        + triples
        + b"</Triples> <LogProbs> FV "
        + integer(len(logs))
        + logs.tobytes()
        + b"</LogProbs> </TransitionModel> "
    )
