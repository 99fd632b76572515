"""The errors of the device side (models and audio): each says what to do next."""


class BacktalkError(Exception):
    """Base class: `code` is stable and can be matched, `hint` is the next step for a person."""

    code = "backtalk"
    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UnknownModelError(BacktalkError):
    """The name is not in the catalogue and is no folder with a model."""

    code = "model-unknown"


class NotInstalledError(BacktalkError):
    """The catalogue knows the model, but this machine does not have it."""

    code = "model-not-installed"


class BundledModelError(BacktalkError):
    """The bundled model can be neither installed nor removed."""

    code = "model-bundled"


class BrokenModelError(BacktalkError):
    """A model's files are missing or changed."""

    code = "model-broken"
    exit_code = 1


class ArchiveError(BacktalkError):
    """The archive is damaged, unsafe, or not the one that the catalogue describes."""

    code = "model-archive"


class DownloadError(BacktalkError):
    """The download failed; what arrived is kept wherever it can be of use."""

    code = "model-download"
    exit_code = 1


class OfflineError(DownloadError):
    """The server cannot be reached at all."""

    code = "offline"


class DiskFullError(BacktalkError):
    """There is not enough room on the disk."""

    code = "disk-full"
    exit_code = 1


class FolderError(BacktalkError):
    """The folder for models cannot be written."""

    code = "model-folder"
    exit_code = 1


class BusyError(BacktalkError):
    """Another process is changing the installed models."""

    code = "model-busy"
    exit_code = 1
