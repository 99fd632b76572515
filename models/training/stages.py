"""The stages of the pipeline; each takes the files of the one before it, and goes on where it was.

The work folder holds what a stage leaves: `sentences.txt`, `spoken/` (synthetic clips), `shards/`
and `dev/` (features), `run/` (checkpoint and record of training) and `model/` (the new model).
"""

import json
import platform
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.errors import BacktalkError
from models.graph.build import GraphReport
from models.graph.lexicon import english
from models.manifest import missing_parts, write_manifest
from models.training.check import spot_check
from models.training.corpora import corpora
from models.training.export import export_acoustic
from models.training.languagemodel import write_graph
from models.training.layout import Layout
from models.training.network import TdnnF
from models.training.nnet3 import read_nnet3
from models.training.prepared import Change, Utterance, is_prepared, prepare_shard, read_shard
from models.training.prior import log_prior
from models.training.speech import Clip, clips
from models.training.synthesis import SHARES, all_engines, synthesize, synthetic_clips
from models.training.targets import PhoneTargets
from models.training.texts import spoken_sentences
from models.training.train import Plan, Report, Trainer, collate, usable
from models.training.weights import fitted, weights_of

_CLIPS_A_SHARD: Final = 400
_DEV_CLIPS: Final = 80
# Clips in which the network's mean scores, and so its prior, are counted.
_PRIOR_CLIPS: Final = 600

GRAPH_RECORD: Final = "graph.json"
# The share of words wrong on clear recordings above which a model is broken rather than weak.
_WORST: Final = 0.5

Tell = Callable[[str, int, int], None]


class TrainingError(BacktalkError):
    """A stage cannot run: something it needs is not there."""

    code = "training"


@dataclass(frozen=True, slots=True)
class Work:
    """The work folder's parts."""

    folder: Path

    @property
    def sentences(self) -> Path:
        """The sentences that are synthesized, one a line."""
        return self.folder / "sentences.txt"

    @property
    def spoken(self) -> Path:
        """The synthetic clips."""
        return self.folder / "spoken"

    @property
    def shards(self) -> Path:
        """The features to train on."""
        return self.folder / "shards"

    @property
    def dev(self) -> Path:
        """The shard of unchanged clips that the training is scored on."""
        return self.folder / "dev"

    @property
    def run(self) -> Path:
        """The training's checkpoint and record."""
        return self.folder / "run"

    @property
    def model(self) -> Path:
        """The new model."""
        return self.folder / "model"


def write_sentences(work: Work, data: Path, count: int, seed: int) -> None:
    """Write the sentences that are to be synthesized, where they are not there yet."""
    if not work.sentences.is_file():
        work.folder.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{sentence}\n" for sentence in spoken_sentences(seed, data, count))
        partial = work.sentences.with_suffix(".part")
        partial.write_text(text, encoding="utf-8")
        partial.replace(work.sentences)


def speak(work: Work, data: Path, seed: int, jobs: int, tell: Tell) -> int:
    """Let the engines say the sentences; return how many of them could not be said."""
    if not work.sentences.is_file():
        raise TrainingError(
            f"There is no {work.sentences}.", "Run first: python -m models.training sentences"
        )
    engines = all_engines(data / "asr" / "voices.npz", work.folder)
    lines = work.sentences.read_text(encoding="utf-8").splitlines()

    def progress(done: int, total: int) -> None:
        tell("clips", done, total)

    return synthesize(lines, work.spoken, engines, SHARES, seed, progress, jobs)


def prepare(work: Work, data: Path, copies: int, seed: int, jobs: int, tell: Tell) -> None:
    """Change all training clips `copies` times, and write their features in shards.

    Every second copy is changed lightly: a small network learns little from noise alone.
    """
    human = list(clips(data / "speech", "train"))
    groups = {"human": human, "spoken": list(synthetic_clips(work.spoken))}
    work.shards.mkdir(parents=True, exist_ok=True)
    tasks: list[tuple[list[Clip], Path, int, Change]] = []
    for name, group in groups.items():
        random.Random(seed).shuffle(group)
        for copy in range(copies):
            for start in range(0, len(group), _CLIPS_A_SHARD):
                number = start // _CLIPS_A_SHARD
                shard = work.shards / f"{name}{copy}-{number:03d}"
                if not is_prepared(shard):
                    part = group[start : start + _CLIPS_A_SHARD]
                    change = Change.LIGHT if copy % 2 else Change.FULL
                    tasks.append((part, shard, seed + 1000 * copy + number, change))
    with ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(prepare_shard, *task) for task in tasks]
        for done, future in enumerate(as_completed(running), 1):
            future.result()
            tell("features", done, len(tasks))
    if not is_prepared(work.dev):
        prepare_shard(_dev_clips(data, seed), work.dev, seed, Change.NONE)


def _dev_clips(data: Path, seed: int) -> list[Clip]:
    """Some clips of every corpus that has a development part."""
    by_corpus: dict[str, list[Clip]] = {}
    everything = list(clips(data / "speech", "dev"))
    random.Random(seed).shuffle(everything)
    for clip in everything:
        by_corpus.setdefault(clip.corpus, []).append(clip)
    return [clip for group in by_corpus.values() for clip in group[:_DEV_CLIPS]]


def train(work: Work, plan: Plan, start: Path, shape: Layout, report: Report) -> Trainer:
    """Train from the network of a Vosk model's `final.mdl`, or go on from the checkpoint."""
    everything, dev = _utterances(work), read_shard(work.dev)
    targets = PhoneTargets(english(), {u.words for u in (*everything, *dev)})
    torch.manual_seed(plan.seed)
    trainer = Trainer(network_from(start, shape, plan.seed), plan, targets, work.run)
    trainer.train(usable(everything, targets), usable(dev, targets), report)
    return trainer


def network_from(model: Path, shape: Layout, seed: int) -> TdnnF:
    """Return a network with the weights of a `final.mdl`, its normalisation as it is there."""
    source, weights = weights_of(read_nnet3(model))
    network = TdnnF(shape)
    arrays = fitted(weights, source, shape, seed)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    for norm in network.norms():
        norm.frozen = True
    return network


def export(work: Work, trainer: Trainer, start: Path | None = None) -> None:
    """Write the best weights of a training as the acoustic part of the new model.

    With `start`, write the mean of the network of that `final.mdl`, which the training went on
    from, of the best weights and of the last: such a mean hears new people better than any of them
    (Wortsman and others, "Model soups", 2022).
    """
    network = trainer.network.cpu()
    states = [trainer.best]
    if start:
        first = network_from(start, network.layout, trainer.plan.seed).state_dict()
        states += [first, trainer.averaged.state_dict()]
    network.load_state_dict(
        {name: sum(state[name].cpu() for state in states) / len(states) for name in trainer.best}
    )
    network.eval()
    rng = np.random.default_rng(trainer.plan.seed)
    everything = _utterances(work)
    chosen = rng.permutation(len(everything))[:_PRIOR_CLIPS]

    def scores() -> Iterator[np.ndarray]:
        context = network.layout.left, network.layout.right
        with torch.no_grad():
            for index in chosen:
                one = [everything[index]]
                batch = collate(one, trainer.targets, context, 0.0, rng)
                yield network(batch.features)[0, : int(batch.frames[0])].numpy()

    weights = {name: array.numpy() for name, array in network.state_dict().items()}
    export_acoustic(work.model, network.layout, weights, log_prior(scores()))


def graph(work: Work, data: Path) -> GraphReport:
    """Build the graph of the new model from its texts, and write what they are beside it."""
    lexicon = english()
    found, left = corpora(data, work.folder)
    report = write_graph(work.model / "graph", found, lexicon)
    texts = [
        {"name": name, "words": kept.words, "left_out": kept.left_out}
        for name, kept in sorted(left.items())
    ]
    facts = {"words": report.words, "ngrams": report.ngrams, "guessed": len(report.guessed)}
    (work.folder / GRAPH_RECORD).write_text(
        json.dumps({**facts, "texts": texts}, indent=1), "utf-8"
    )
    return report


def publish(work: Work, out: Path) -> str:
    """Put the new model in the place of the bundled one, once it has heard a recording.

    Raises `TrainingError` where it is not whole, or hears less than half of the words right.
    """
    if missing := missing_parts(work.model):
        raise TrainingError(
            f"{work.model} lacks {', '.join(missing)}.",
            "Run first: python -m models.training train, then graph",
        )
    wrong = spot_check(work.model)
    if wrong > _WORST:
        raise TrainingError(
            f"The new model hears {wrong:.0%} of the words of a clear recording wrong.",
            "Measure it: python benchmarks/asr.py --dev --model " + str(work.model),
        )
    for name in ("am", "conf", "graph"):
        shutil.rmtree(out / name, ignore_errors=True)
        shutil.copytree(work.model / name, out / name)
    write_manifest(out)
    return f"{out} now holds the new model; {wrong:.0%} of the words of a recording were wrong."


def hardware() -> str:
    """Return the machine in words: processor kind and threads, or the graphics card."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{torch.get_num_threads()} threads of {platform.machine()}, no graphics card"


def corpora_table(work: Work) -> list[dict[str, str | int | float]]:
    """Return clips and hours of every corpus that is trained on, for the model card."""
    clips_of: Counter[str] = Counter()
    frames_of: Counter[str] = Counter()
    for utterance in _utterances(work):
        clips_of[utterance.corpus] += 1
        frames_of[utterance.corpus] += len(utterance.features)
    return [
        {"name": name, "clips": count, "hours": round(frames_of[name] / 360_000, 2)}
        for name, count in sorted(clips_of.items())
    ]


def _utterances(work: Work) -> list[Utterance]:
    """Return all clips to train on; their features stay on disk until they are used."""
    shards = sorted(path.with_suffix("") for path in work.shards.glob("*.jsonl"))
    if not shards:
        raise TrainingError(
            f"There are no features in {work.shards}.",
            "Run first: python -m models.training prepare",
        )
    return [utterance for shard in shards for utterance in read_shard(shard)]
