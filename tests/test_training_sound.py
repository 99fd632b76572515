"""Sound and features: what is changed, and that nothing else is."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs the extra `train`: make setup-train")
pytest.importorskip("kaldi_native_fbank", reason="needs the extra `train`: make setup-train")

from models.training import features, sound
from models.training.layout import DIM
from models.training.sound import RATE


def tone(hertz: float, seconds: float = 1.0) -> sound.Sound:
    time = np.arange(int(RATE * seconds)) / RATE
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def strongest(samples: sound.Sound) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


def test_speed_moves_pitch_and_length() -> None:
    faster = sound.at_speed(tone(400), 1.1)
    assert len(faster) == pytest.approx(RATE / 1.1, abs=2)
    assert strongest(faster) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("decibels", [0, 10, 30])
def test_noise_is_as_far_below_as_asked(decibels: int) -> None:
    rng = np.random.default_rng(1)
    clean = tone(300)
    mixed = sound.at_snr(clean, sound.coloured_noise(len(clean), 0, rng), decibels)
    ratio = (clean**2).mean() / ((mixed - clean) ** 2).mean()
    assert 10 * np.log10(ratio) == pytest.approx(decibels, abs=0.2)


@pytest.mark.parametrize(("exponent", "fall"), [(0, 0), (1, 3), (2, 6)])
def test_noise_falls_by_its_colour(exponent: float, fall: float) -> None:
    noise = sound.coloured_noise(RATE * 20, exponent, np.random.default_rng(2))
    power = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)

    def octave(low: float) -> float:
        return float(power[(hertz >= low) & (hertz < 2 * low)].mean())

    assert 10 * np.log10(octave(500) / octave(1000)) == pytest.approx(fall, abs=0.5)


def test_a_room_keeps_what_is_heard_first_and_adds_what_follows() -> None:
    click = np.zeros(RATE, np.float32)
    click[100] = 1.0
    heard = sound.in_room(click, 0.4, 0.5, np.random.default_rng(3))
    assert heard[100] == pytest.approx(1.0, abs=1e-3)
    assert np.abs(heard[:100]).max() < 1e-4
    assert (heard[101:] ** 2).sum() == pytest.approx(0.25, rel=0.05)


def test_the_telephone_codec_is_quantised() -> None:
    coded = sound.mu_law(np.linspace(-1, 1, 5000).astype(np.float32))
    assert 200 < len(np.unique(coded)) <= 256
    assert np.abs(coded - np.linspace(-1, 1, 5000)).max() < 0.03


def test_a_narrow_line_keeps_the_low_half_alone() -> None:
    both = tone(1000) + tone(6000)
    heard = sound.narrow(both)
    assert len(heard) == len(both)
    spectrum = np.abs(np.fft.rfft(heard))
    assert spectrum[1000] > 1000 * spectrum[6000]
    assert spectrum[1000] == pytest.approx(np.abs(np.fft.rfft(both))[1000], rel=0.05)


def test_a_crowd_needs_voices_and_forgets_old_ones() -> None:
    rng = np.random.default_rng(4)
    babble = sound.Babble()
    for hertz in range(100, 400):
        babble.offer(tone(hertz, 0.2), rng)
    assert len(babble.voices) == 60
    assert babble.crowd(RATE, 3, rng).shape == (RATE,)


@pytest.mark.parametrize("seed", range(12))
def test_a_changed_clip_is_sound_and_is_repeated_by_its_seed(seed: int) -> None:
    babble = sound.Babble([tone(150, 0.5), tone(220, 0.7)])
    once, again = (sound.augment(tone(300), babble, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert np.isfinite(once).all()
    assert 0 < np.abs(once).max() <= 1
    assert 0.9 * RATE < len(once) < 3.2 * RATE


@pytest.mark.parametrize("seed", range(6))
def test_a_lightly_changed_clip_stays_clean(seed: int) -> None:
    heard = sound.lightly(tone(300), np.random.default_rng(seed))
    pitch = strongest(heard)
    assert 0.85 * 300 < pitch < 1.16 * 300
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    hertz = np.fft.rfftfreq(len(heard), 1 / RATE)
    near = np.abs(hertz - pitch) < 50
    assert spectrum[near].sum() > 500 * spectrum[~near].sum()


def test_cepstra_and_log_mel_are_the_same_thing() -> None:
    product = features.TO_CEPSTRA @ features.TO_MEL
    np.testing.assert_allclose(product, np.eye(DIM), atol=1e-4)


def test_features_are_those_of_kaldi() -> None:
    frames = features.mfcc(tone(1000), np.random.default_rng(0))
    assert frames.shape == (98, DIM)
    mel = frames @ features.TO_MEL.T
    centres = 700 * (np.exp(np.linspace(_mel(20), _mel(7600), DIM + 2) / 1127) - 1)
    assert centres[1:-1][mel.mean(0).argmax()] == pytest.approx(1000, rel=0.08)
    assert features.mfcc(np.zeros(10, np.float32), np.random.default_rng(0)).shape == (0, DIM)


def _mel(hertz: float) -> float:
    return float(1127 * np.log(1 + hertz / 700))


def test_a_warp_of_one_changes_nothing_and_a_child_sounds_higher() -> None:
    np.testing.assert_allclose(features.warp_matrix(1.0), np.eye(DIM), atol=1e-3)
    frames = features.mfcc(tone(1000), np.random.default_rng(0))
    plain = (frames @ features.TO_MEL.T).mean(0).argmax()
    higher = (frames @ features.warp_matrix(1.16).T @ features.TO_MEL.T).mean(0).argmax()
    lower = (frames @ features.warp_matrix(0.86).T @ features.TO_MEL.T).mean(0).argmax()
    assert lower < plain < higher


@pytest.mark.parametrize("seed", range(20))
def test_changed_features_keep_their_form(seed: int) -> None:
    frames = features.mfcc(tone(500, 0.6), np.random.default_rng(0))
    kept = frames.copy()
    once, again = (features.augment(frames, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(frames, kept)
    assert once.dtype == np.float32
    assert once.shape[1] == DIM
    assert np.isfinite(once).all()
    assert 0.8 * len(frames) <= len(once) <= 1.25 * len(frames)
