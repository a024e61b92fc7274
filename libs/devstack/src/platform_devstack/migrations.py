"""Which migrations make a service's schema, as they lie in this clone."""

from pathlib import Path


def folders(root: Path, service: str) -> list[Path]:
    """The folders in the order in which dbmate takes them: what all services have, then its own."""
    all_of_them = (
        root / "libs" / "bus" / "src" / "platform_bus" / "migrations",
        root / "libs" / "http" / "src" / "platform_http" / "migrations",
        root / "services" / service / "migrations",
    )
    return [folder for folder in all_of_them if folder.is_dir()]
