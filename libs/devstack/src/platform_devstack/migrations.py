"""Which migrations make a service's schema, as they lie in this clone."""

from pathlib import Path


def folders(root: Path, service: str) -> list[Path]:
    """The folders in the order in which dbmate takes them: the bus's tables, then its own."""
    both = (
        root / "libs" / "bus" / "src" / "platform_bus" / "migrations",
        root / "services" / service / "migrations",
    )
    return [folder for folder in both if folder.is_dir()]
