"""Train the network with CTC: batches, steps, averaged weights, checkpoints, early stop.

Everything random follows from the seed and the step, so that a run that was killed goes on from its
last checkpoint as if nothing had happened. The schedule is counted in steps, never in hours.
"""

import copy
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.features import FRAMES_PER_SECOND, augment
from models.training.layout import DIM, SUBSAMPLING
from models.training.network import TdnnF
from models.training.prepared import Utterance

# Words of an utterance to the indices of its phones; the generator picks among pronunciations.
Targets = Callable[[str, np.random.Generator | None], list[int]]
Report = Callable[["Progress"], None]

CHECKPOINT: Final = "checkpoint.pt"
RECORD: Final = "training.json"
_SORTED_TOGETHER: Final = 1500
_GRADIENT_LIMIT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    `steps` batches of about `batch_s` seconds of speech; the learning rate rises over `warmup`
    steps and then falls to nothing. `averaging` is the share of the averaged weights that a step
    keeps. `full_every` steps the layers at 100 Hz learn too; between, they only feed the others,
    which is a third quicker. The averaged weights are scored every `score_every` steps, and
    training ends early after `patience` scores with none better.
    """

    steps: int
    rate: float = 6e-4
    warmup: int = 150
    batch_s: float = 84.0
    averaging: float = 0.998
    full_every: int = 4
    changed_share: float = 0.85
    score_every: int = 500
    patience: int = 6
    seed: int = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """What a report tells: the step done, the smoothed loss a phone, and the last dev score."""

    step: int
    loss: float
    rate: float
    dev: float | None


@dataclass(slots=True)
class Batch:
    """Padded features (clips, frames, 40), all targets in a row, and both lengths per clip."""

    features: Tensor
    targets: Tensor
    frames: Tensor
    phones: Tensor


def usable(utterances: Sequence[Utterance], targets: Targets) -> list[Utterance]:
    """Return the clips whose words fit into their time; CTC needs a score for every phone."""
    return [
        u
        for u in utterances
        if len(u.features) >= 12
        and len(u.features) / SUBSAMPLING > 1.1 * len(targets(u.words, None)) + 2
    ]


def batches(
    utterances: Sequence[Utterance], batch_s: float, rng: np.random.Generator
) -> list[list[Utterance]]:
    """Return one epoch in random order, clips of like length together."""
    order = rng.permutation(len(utterances))
    found: list[list[Utterance]] = []
    for start in range(0, len(order), _SORTED_TOGETHER):
        group = [utterances[i] for i in order[start : start + _SORTED_TOGETHER]]
        group.sort(key=lambda u: len(u.features))
        batch: list[Utterance] = []
        for utterance in group:
            if (len(batch) + 1) * len(utterance.features) > batch_s * FRAMES_PER_SECOND and batch:
                found.append(batch)
                batch = []
            batch.append(utterance)
        found.append(batch)
    return [found[i] for i in rng.permutation(len(found))]


def collate(
    utterances: Sequence[Utterance],
    targets: Targets,
    context: tuple[int, int],
    changed_share: float,
    rng: np.random.Generator,
) -> Batch:
    """Make a batch: features changed anew, padded by the network's context, and the phones.

    Behind a clip stand its own last 100 ms over and over, as a room's noise would go on.
    """
    left, right = context
    changed: list[NDArray[np.float32]] = []
    phones: list[list[int]] = []
    for utterance in utterances:
        plain = utterance.features.astype(np.float32)
        heard = augment(plain, rng) if rng.random() < changed_share else plain
        wanted = targets(utterance.words, rng)
        changed.append(plain if len(heard) / SUBSAMPLING <= 1.1 * len(wanted) + 2 else heard)
        phones.append(wanted)
    longest = max(map(len, changed))
    longest += -longest % SUBSAMPLING
    padded = np.empty((len(changed), left + longest + right, DIM), np.float32)
    for row, features in zip(padded, changed, strict=True):
        end = left + len(features)
        row[:left] = features[0]
        row[left:end] = features
        row[end:] = np.resize(features[-10:], (len(row) - end, DIM))
    frames = [-(-len(f) // SUBSAMPLING) for f in changed]
    return Batch(
        torch.from_numpy(padded),
        torch.tensor([p for clip in phones for p in clip], dtype=torch.long),
        torch.tensor(frames),
        torch.tensor([len(p) for p in phones]),
    )


def ctc_loss(network: TdnnF, batch: Batch) -> Tensor:
    """Return the CTC loss of a batch, summed; the blank is output 0."""
    device = network.output.weight.device
    scores = network(batch.features.to(device)).float().log_softmax(-1).transpose(0, 1)
    return torch.nn.functional.ctc_loss(
        scores,
        batch.targets.to(device),
        batch.frames.clamp(max=len(scores)),
        batch.phones,
        blank=0,
        reduction="sum",
        zero_infinity=True,
    )


class Trainer:
    """A training run in a folder: `train` goes on from its checkpoint where there is one."""

    def __init__(self, network: TdnnF, plan: Plan, targets: Targets, folder: Path) -> None:
        """Take the network to start from; a checkpoint in `folder` replaces its weights."""
        # The batches follow it there.
        network.to("cuda" if torch.cuda.is_available() else "cpu")
        self.network, self.plan, self.targets, self.folder = network, plan, targets, folder
        self.averaged = copy.deepcopy(network)
        self.best: dict[str, Tensor] = copy.deepcopy(network.state_dict())
        self.step = 0
        self.loss: float | None = None
        self.scores: list[tuple[int, float]] = []
        self.seconds = 0.0
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=plan.rate, weight_decay=1e-3, betas=(0.9, 0.98)
        )
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CHECKPOINT).is_file():
            self._restore()

    def train(
        self,
        utterances: Sequence[Utterance],
        dev: Sequence[Utterance],
        report: Report = lambda progress: None,
    ) -> dict[str, Tensor]:
        """Train to the end of the plan and return the averaged weights that score best on `dev`."""
        began = time.monotonic()
        for batch, full in self._batches(utterances):
            self._step(batch, full)
            if self.step % self.plan.score_every == 0 or self.step == self.plan.steps:
                self.scores.append((self.step, self.score(dev)))
                if self.scores[-1][1] == min(score for _, score in self.scores):
                    self.best = copy.deepcopy(self.averaged.state_dict())
                now = time.monotonic()
                self.seconds, began = self.seconds + now - began, now
                self.save()
            latest = self.scores[-1][1] if self.scores else None
            report(Progress(self.step, self.loss or 0.0, self._rate(), latest))
            if self._exhausted():
                break
        return self.best

    def score(self, dev: Sequence[Utterance]) -> float:
        """Return the averaged network's CTC loss a phone on clips as they are."""
        rng = np.random.default_rng(0)
        self.averaged.eval()
        loss = phones = 0.0
        with torch.no_grad():
            for utterances in batches(dev, self.plan.batch_s, rng):
                batch = collate(utterances, self.targets, self._context(), 0.0, rng)
                loss += float(ctc_loss(self.averaged, batch))
                phones += float(batch.phones.sum())
        return loss / max(1.0, phones)

    def save(self) -> None:
        """Write the checkpoint and the record, so that a kill at any moment loses neither."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "loss": self.loss,
            "scores": self.scores,
            "seconds": self.seconds,
        }
        partial = self.folder / (CHECKPOINT + ".part")
        torch.save(state, partial)
        partial.replace(self.folder / CHECKPOINT)
        record = {
            "plan": asdict(self.plan),
            "steps_done": self.step,
            "loss": self.loss,
            "dev_scores": self.scores,
            "minutes": round(self.seconds / 60, 1),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        (self.folder / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")

    def _restore(self) -> None:
        device = self.network.output.weight.device
        state = torch.load(self.folder / CHECKPOINT, map_location=device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best, self.step, self.loss = state["best"], state["step"], state["loss"]
        self.scores = [tuple(score) for score in state["scores"]]
        self.seconds = state["seconds"]

    def _batches(self, everything: Sequence[Utterance]) -> Iterator[tuple[Batch, bool]]:
        seen, epoch = 0, 0
        while self.step < self.plan.steps:
            order = np.random.default_rng((self.plan.seed, epoch))
            for utterances in batches(everything, self.plan.batch_s, order):
                if self.step >= self.plan.steps:
                    return
                seen += 1
                if seen <= self.step:
                    continue
                rng = np.random.default_rng((self.plan.seed, epoch, seen))
                share = self.plan.changed_share
                full = self.step % self.plan.full_every == 0
                yield collate(utterances, self.targets, self._context(), share, rng), full
            epoch += 1

    def _step(self, batch: Batch, full: bool) -> None:
        rate = self._rate()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        self.network.learn_dense(full)
        phones = max(1, int(batch.phones.sum()))
        loss = ctc_loss(self.network, batch) / phones
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _GRADIENT_LIMIT)
        self.optimizer.step()
        self.step += 1
        value = float(loss.detach())
        self.loss = value if self.loss is None else 0.98 * self.loss + 0.02 * value
        keep = min(self.plan.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            ours = self.averaged.state_dict()
            for name, theirs in self.network.state_dict().items():
                ours[name].lerp_(theirs, 1 - keep)

    def _rate(self) -> float:
        left = 1 - self.step / self.plan.steps
        rising = min(1.0, (self.step + 1) / self.plan.warmup)
        return float(self.plan.rate * rising * left**0.8)

    def _context(self) -> tuple[int, int]:
        return self.network.layout.left, self.network.layout.right

    def _exhausted(self) -> bool:
        scores = [score for _, score in self.scores]
        return bool(scores) and len(scores) - 1 - scores.index(min(scores)) >= self.plan.patience
