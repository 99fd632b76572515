"""Sentences to synthetic speech: a folder of clips, and beside them who says what in each.

The folder is laid out as the recordings of people are: `transcripts.tsv` with the columns file,
words (in normal form) and speaker (`engines.Voice` in one word), and one FLAC file of 16,000 Hz a
clip. A sentence's place in the list and the seed decide its engine and voice, so that a list is
said the same way on every machine, and a run that was stopped goes on where it was.
"""

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

from models.errors import BacktalkError
from models.graph.text import normal_form
from models.training.engines import Engine, EngineError, Espeak, Festival, Flite, Pico, Voice
from models.training.kokoro import Kokoro
from models.training.sound import RATE
from models.training.speech import Clip

TRANSCRIPTS: Final = "transcripts.tsv"
# As `Clip.corpus` names all clips that no person said.
CORPUS: Final = "synthetic"
# Of a hundred sentences, how many each engine says: most by the one that sounds like people.
SHARES: Final = {"kokoro": 60.0, "pico": 12.0, "espeak": 12.0, "flite": 10.0, "festival": 6.0}
# An engine that fails this often without a success between is broken, not puzzled by a sentence.
_FAILURES_IN_A_ROW: Final = 20


class SynthesisError(BacktalkError):
    """The sentences cannot be said as they stand, or the folder cannot take their clips."""

    code = "synthesis"


@dataclass(frozen=True, slots=True)
class _Task:
    text: str
    engine: Engine
    voice: Voice
    file: Path

    @property
    def row(self) -> list[str]:
        return [self.file.name, normal_form(self.text), str(self.voice)]


def all_engines(voices: Path, cache: Path) -> dict[str, Engine]:
    """Return the engines that `SHARES` names; `EngineError` says which is missing.

    `voices` is Kokoro's file of voice vectors, `cache` a folder that its model is joined in.
    """
    return {
        "kokoro": Kokoro(voices, cache),
        "pico": Pico(),
        "espeak": Espeak(),
        "flite": Flite(),
        "festival": Festival(),
    }


def synthesize(
    sentences: Sequence[str],
    out: Path,
    engines: Mapping[str, Engine],
    shares: Mapping[str, float],
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int = 1,
) -> int:
    """Say the sentences that `out` has no clip of yet; return how many could not be said.

    `shares` gives for each engine by name how many of the sentences it says, in any unit.
    `progress` is called after each clip with the clips that are done and how many there are to be;
    `workers` clips are made at a time. A sentence that an engine cannot say is left out, and tried
    again by the next run. Raises `EngineError` if an engine can say nothing any more, and
    `SynthesisError` if a sentence has no transcript, or `out` holds other clips or is full.
    """
    tasks = [
        _Task(sentence, *_casting(number, engines, shares, seed), out / f"{number:06d}.flac")
        for number, sentence in enumerate(sentences)
        if _is_transcribable(number, sentence)
    ]
    try:
        out.mkdir(parents=True, exist_ok=True)
        _cut_half_line(out / TRANSCRIPTS)
        waiting = _unfinished(tasks, _finished(out))
        with (out / TRANSCRIPTS).open("a", encoding="utf-8") as table:
            done, failed, in_a_row = len(tasks) - len(waiting), 0, 0
            for task, error in _spoken(waiting, workers):
                if error is not None:
                    failed, in_a_row = failed + 1, in_a_row + 1
                    if in_a_row >= _FAILURES_IN_A_ROW:
                        raise error
                    continue
                table.write("\t".join(task.row) + "\n")
                table.flush()
                done, in_a_row = done + 1, 0
                progress(done, len(tasks))
    except (OSError, soundfile.SoundFileError) as error:
        raise SynthesisError(
            f"Clips cannot be written to {out}: {error}",
            "Free some disk space, or name another folder. What is made so far is kept.",
        ) from error
    return failed


def synthetic_clips(folder: Path) -> Iterator[Clip]:
    """Yield the clips of a folder that `synthesize` has filled, or is filling, in their order."""
    for file, words, speaker in sorted(_finished(folder).values()):
        yield Clip(folder / file, words, speaker, CORPUS)


def _is_transcribable(number: int, sentence: str) -> bool:
    """Refuse what an engine says and the normal form leaves out: the transcript would be wrong."""
    if any(letter.isdigit() for letter in sentence) or not normal_form(sentence):
        raise SynthesisError(
            f"Sentence {number} has no transcript: {sentence!r}",
            "Write numbers as words, and give each sentence at least one word.",
        )
    return True


def _casting(
    number: int, engines: Mapping[str, Engine], shares: Mapping[str, float], seed: int
) -> tuple[Engine, Voice]:
    rng = random.Random(f"{seed}/{number}")
    names = sorted(shares)
    engine = engines[rng.choices(names, [shares[name] for name in names])[0]]
    return engine, engine.choose(rng)


def _unfinished(tasks: Sequence[_Task], finished: Mapping[str, list[str]]) -> list[_Task]:
    for task in tasks:
        if finished.get(task.file.name, task.row) != task.row:
            raise SynthesisError(
                f"{task.file} is another sentence, or in another voice, than this run would make.",
                "Name another folder, or delete this one to make its clips anew.",
            )
    return [task for task in tasks if task.file.name not in finished]


def _spoken(tasks: Sequence[_Task], workers: int) -> Iterator[tuple[_Task, EngineError | None]]:
    """Make the clips, and yield each in its turn, with the error if it could not be said."""
    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(_speak, task) for task in tasks]
        try:
            for task, future in zip(tasks, running, strict=True):
                error = future.exception()
                if error is not None and not isinstance(error, EngineError):
                    raise error
                yield task, error
        finally:
            pool.shutdown(cancel_futures=True)


def _speak(task: _Task) -> None:
    sound = task.engine.speak(task.text, task.voice)
    partial = task.file.with_suffix(".part")
    soundfile.write(partial, sound, RATE, format="FLAC", subtype="PCM_16")
    partial.replace(task.file)


def _finished(out: Path) -> dict[str, list[str]]:
    """Return the rows of the clips that are done, by file, without a last line half written."""
    path = out / TRANSCRIPTS
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = text[: text.rfind("\n") + 1].splitlines()
    return {row[0]: row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def _cut_half_line(table: Path) -> None:
    """Remove a last line that a kill left half written."""
    if table.exists():
        with table.open("r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)
