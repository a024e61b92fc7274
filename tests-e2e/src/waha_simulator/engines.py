"""The engines that WAHA can run a session on; each shapes its webhooks differently."""

from enum import StrEnum


class Engine(StrEnum):
    """WEBJS drives a browser, NOWEB is Baileys, GOWS is whatsmeow."""

    WEBJS = "WEBJS"
    NOWEB = "NOWEB"
    GOWS = "GOWS"
