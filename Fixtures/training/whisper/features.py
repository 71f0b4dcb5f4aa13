"""Log-mel spectra as Whisper's, in two steps: the logarithm of each clip is stored; the range is limited a window."""
import numpy as np

HOP, WIDTH = 160, 400
FLOOR = -10.0  # log10 of the least power
MARGIN = 2  # frames before and behind a clip
_window = np.hanning(WIDTH + 1)[:WIDTH]


def log_mel(samples, filters, frames=None):
    """(frames, 80): log10 of the mel powers; frame i is centred at sample 160 * i; zeros are before and behind."""
    frames = frames or len(samples) // HOP
    padded = np.zeros(frames * HOP + WIDTH)
    part = samples[: len(padded) - WIDTH // 2]
    padded[WIDTH // 2: WIDTH // 2 + len(part)] = part
    cuts = np.lib.stride_tricks.sliding_window_view(padded, WIDTH)[::HOP][:frames]
    power = np.abs(np.fft.rfft(cuts * _window)) ** 2
    return np.log10(np.maximum(power @ filters.T, 1e-10))


def limited(logs):
    """The last step, over the last two axes: nothing lies more than 8 below the highest; then scaled."""
    top = logs.max(axis=(-2, -1), keepdims=True)
    return (np.maximum(logs, top - 8.0) + 4.0) / 4.0
