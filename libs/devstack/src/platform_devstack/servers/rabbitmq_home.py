"""A RabbitMQ home folder with only the plugins that we enable, for a quicker start.

Erlang looks for each of some 800 modules in every plugin's folder in turn: 53,000 failed look-ups
with the 60 plugins of the package, and a third of the time to start. The folder holds links to
the installed files; the server's scripts take it as their home.
"""

from pathlib import Path

ENABLED = ("rabbitmq_management", "rabbitmq_prometheus")
_NEEDED = {*ENABLED, "rabbitmq_prelaunch", "rabbitmq_management_agent", "rabbitmq_web_dispatch"}

# Where most modules are found, the most used first.
_FIRST = (
    "rabbit",
    "rabbit_common",
    "rabbitmq_prelaunch",
    "ra",
    "rabbitmq_management",
    "rabbitmq_management_agent",
    "rabbitmq_web_dispatch",
    "cowboy",
    "ranch",
    "cowlib",
    "gen_batch_server",
    "aten",
)


def make(home: Path, server: Path) -> dict[str, str]:
    """Make the folder for the installed `rabbitmq-server`; returns the environment to use it."""
    installed = server.resolve().parent.parent
    plugins = home / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    for folder in (home, plugins):
        folder.chmod(0o755)
    _link(home / "sbin", installed / "sbin")
    _link(home / "escript", installed / "escript")
    wanted = {path.name: path for path in (installed / "plugins").iterdir() if _wanted(path.name)}
    for there in plugins.iterdir():
        if there.name not in wanted:
            there.unlink()
    for name, path in wanted.items():
        _link(plugins / name, path)
    first = [
        f"-pa {plugins / name / 'ebin'}"
        # The last -pa comes first in the path.
        for each in reversed(_FIRST)
        for name in sorted(wanted)
        if name.partition("-")[0] == each
    ]
    return {
        "RABBITMQ_SCRIPTS_DIR": str(home / "sbin"),
        "RABBITMQ_PLUGINS_DIR": str(plugins),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(["-code_path_choice strict", *first]),
    }


def _wanted(name: str) -> bool:
    plugin = name.partition("-")[0]
    return not plugin.startswith("rabbitmq_") or plugin in _NEEDED


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        if link.readlink() == target:
            return
        link.unlink()
    link.symlink_to(target)
