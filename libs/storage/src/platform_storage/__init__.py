"""Files: kept by tenant and content in an object store or a folder, given by signed links."""

from platform_storage.links import Link, LinkInvalid, Links
from platform_storage.scanning import FileBlocked, FileTooLargeToScan, FileUnjudged, ScannerAway
from platform_storage.settings import StorageSettings
from platform_storage.store import FileMissing, FileTooLarge, Storage, StorageAway, Stored

__all__ = [
    "FileBlocked",
    "FileMissing",
    "FileTooLarge",
    "FileTooLargeToScan",
    "FileUnjudged",
    "Link",
    "LinkInvalid",
    "Links",
    "ScannerAway",
    "Storage",
    "StorageAway",
    "StorageSettings",
    "Stored",
]
